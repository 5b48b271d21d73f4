SELECT chapters.heading, books.title, authors.name
FROM chapters JOIN books ON books.id = chapters.book_id JOIN authors ON authors.id = books.author_id
WHERE authors.id = $1 ORDER BY chapters.id
