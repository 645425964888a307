"""E-mail: MIME messages, mailboxes, Outlook messages, and the replies in a thread."""
