--
-- PostgreSQL database dump
--

\restrict 0123456789abcdef

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;

CREATE TYPE public.mood AS ENUM (
    'happy',
    'sad'
);

CREATE TABLE public.people (
    id bigint NOT NULL,
    name text,
    mood public.mood,
    tags text[],
    born date,
    photo bytea
);

ALTER TABLE public.people ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.people_id_seq
    START WITH 1
);

COPY public.people (id, name, mood, tags, born, photo) FROM stdin;
1	it's; a\tname	happy	{a,"b c"}	1815-12-10	\\x0102
2	\N	\N	{}	\N	\N
3	back\\slash\nline	sad	\N	0044-03-15 BC	\\x
\.

SELECT pg_catalog.setval('public.people_id_seq', 3, true);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id);

\unrestrict 0123456789abcdef
