ALTER TABLE users ADD COLUMN notes text;
UPDATE users SET notes = name;
