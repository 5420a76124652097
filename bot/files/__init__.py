"""Values to bytes and back: tables, documents, pictures. Knows no rows and no chats."""
