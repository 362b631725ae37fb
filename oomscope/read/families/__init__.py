"""How the records of an input are told apart: by lines, by JSON objects, by journal entries, by pstore parts."""
