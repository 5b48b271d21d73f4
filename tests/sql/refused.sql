SELECT count(*)
FROM {Order}
WHERE nowhere
