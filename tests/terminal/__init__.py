"""smtpshell in a real terminal: a pty, its screen, its keys."""
