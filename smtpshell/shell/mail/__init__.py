"""Messages to send.

message.py        one made of fields, text and attachments, of a template, or a file as it is
sending.py        the mail transaction that sends it
"""
