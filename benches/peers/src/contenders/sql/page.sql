SELECT id, book_id, heading FROM chapters WHERE (heading, id) > ($1, $2) ORDER BY heading, id LIMIT 26
