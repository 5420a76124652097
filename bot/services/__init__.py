"""The rules: plain functions of (session, values), synchronous. They format no text."""
