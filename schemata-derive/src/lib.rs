//! The derive and attribute macros of Schemata.
