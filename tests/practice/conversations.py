r"""Conversations with the practice server, as they are spoken.

``C:`` is a line the client sends, CR LF added; ``C=`` are its octets with Python's escapes, nothing added.
``S:`` is one whole reply, by its code and enhanced status code; what stands behind those is text that must
occur in it.
"""

from __future__ import annotations

SMTP = {
    "a mail transaction": r"""
        C: EHLO client.example.test
        S: 250 practice.example.test greets client.example.test
        C: MAIL FROM:<anna@example.org>
        S: 250 2.1.0
        C: RCPT TO:<student@example.test>
        S: 250 2.1.5
        C: DATA
        S: 354
        C: Subject: hello
        C:
        C: ..a dot
        C: .
        S: 250 2.0.0 26 octets kept
        C: QUIT
        S: 221 2.0.0
    """,
    "HELO, verbs in any case, blanks behind": r"""
        C: helo client
        S: 250 greets client
        C: mAiL fRoM:<>
        S: 250 2.1.0
        C: RSET
        S: 250 2.0.0
        C= NOOP  \r\n
        S: 250 2.0.0
        C: MAIL FROM:<a@example.org> BODY=8BITMIME
        S: 555 5.5.4 EHLO
        C: LHLO client
        S: 500 5.5.1 EHLO
        C: EHLO two words
        S: 501 5.5.4
        C: EHLO
        S: 501 5.5.4
    """,
    "nothing in order": r"""
        C: MAIL FROM:<a@example.org>
        S: 503 5.5.1 EHLO
        C: RCPT TO:<student@example.test>
        S: 503 5.5.1
        C: DATA
        S: 503 5.5.1
        C: AUTH PLAIN
        S: 503 5.5.1
        C: STARTTLS
        S: 503 5.5.1
        C: RSET
        S: 250 2.0.0
        C: VRFY teacher
        S: 250 2.1.5 Tess Teacher <teacher@example.test>
        C: EHLO client
        S: 250
        C: RCPT TO:<student@example.test>
        S: 503 5.5.1 MAIL
        C: MAIL FROM:<a@example.org>
        S: 250 2.1.0
        C: MAIL FROM:<b@example.org>
        S: 503 5.5.1 RCPT
        C: DATA
        S: 503 5.5.1
        C: AUTH PLAIN
        S: 503 5.5.1
        C: STARTTLS
        S: 503 5.5.1
        C: EHLO again
        S: 250
        C: RCPT TO:<student@example.test>
        S: 503 5.5.1
    """,
    "not understood": r"""
        C: HALLO
        S: 500 5.5.1
        C:
        S: 500 5.5.1
        C: MAIL TO:<a@example.org>
        S: 501 5.5.4
        C: MAIL FROM:a@example.org
        S: 501 5.5.4
        C: RCPT TO:<a@example.org
        S: 501 5.5.4
        C: QUIT now
        S: 501 5.5.4
        C: STARTTLS now
        S: 501 5.5.4
        C: BDAT many
        S: 501 5.5.4
        C: TURN
        S: 502 5.5.1
        C: ETRN example.test
        S: 502 5.5.1
        C= NOOP bare\n
        S: 500 5.5.2 LF alone
        C= NOOP a\rb\r\n
        S: 500 5.5.2 control
        C= NOOP a\x00b\r\n
        S: 500 5.5.2 control
        C= NOOP \xff\r\n
        S: 500 5.5.2 UTF-8
    """,
    "each mailbox in its own way": r"""
        C: EHLO client
        S: 250
        C: MAIL FROM:<a@example.org>
        S: 250 2.1.0
        C: RCPT TO:<Student@EXAMPLE.test>
        S: 250 2.1.5
        C: RCPT TO:<"student"@example.test>
        S: 250 2.1.5
        C: RCPT TO:<@one.test,@two.test:student@example.test>
        S: 250 2.1.5
        C: RCPT TO:<PostMaster>
        S: 250 2.1.5
        C: RCPT TO:<nobody@example.test>
        S: 550 5.1.1
        C: RCPT TO:<no.one.listed@example.test>
        S: 550 5.1.1
        C: RCPT TO:<full@example.test>
        S: 452 4.2.2
        C: RCPT TO:<slow-start@example.test>
        S: 450 4.7.1
        C: RCPT TO:<slow-start@example.test>
        S: 250 2.1.5
        C: RCPT TO:<moved@example.test>
        S: 551 5.1.6 teacher@example.test
        C: RCPT TO:<graduate@example.test>
        S: 251 2.1.5 grace@alumni.example.test
        C: RCPT TO:<class@example.test>
        S: 250 2.1.5
        C: RCPT TO:<somebody@example.org>
        S: 550 5.7.1
        C: RCPT TO:<>
        S: 501 5.1.3
        C: RCPT TO:<student>
        S: 501 5.1.3
        C: RCPT TO:<a b@example.test>
        S: 501 5.1.3
        C: RSET
        S: 250 2.0.0
        C: MAIL FROM:<postmaster>
        S: 501 5.1.7
        C: MAIL FROM:<a..b@example.org>
        S: 501 5.1.7
    """,
    "a content refused": r"""
        C: EHLO client
        S: 250
        C: MAIL FROM:<a@example.org>
        S: 250 2.1.0
        C: RCPT TO:<student@example.test>
        S: 250 2.1.5
        C: RCPT TO:<picky@example.test>
        S: 250 2.1.5
        C: DATA
        S: 354
        C: hello
        C: .
        S: 554 5.6.0 picky
        C: DATA
        S: 503 5.5.1
    """,
    "look-alikes of the end are content": r"""
        C: EHLO client
        S: 250
        C: MAIL FROM:<a@example.org>
        S: 250 2.1.0
        C: RCPT TO:<teacher@example.test>
        S: 250 2.1.5
        C: DATA
        S: 354
        C= one\n.\n\r\n.\n\r.\r\n.\rMAIL FROM:<evil@example.org>\r\n.\r\n
        S: 250 2.0.0
        C: NOOP
        S: 250 2.0.0
    """,
    "SIZE": r"""
        C: EHLO client
        S: 250 SIZE 1000
        C: MAIL FROM:<a@example.org> SIZE=1001
        S: 552 5.3.4 1000
        C: MAIL FROM:<a@example.org> SIZE=99999999999999999999
        S: 552 5.3.4
        C: MAIL FROM:<a@example.org> SIZE=many
        S: 501 5.5.4
        C: MAIL FROM:<a@example.org> SIZE
        S: 501 5.5.4
        C: MAIL FROM:<a@example.org> SIZE=10
        S: 250 2.1.0
        C: RCPT TO:<student@example.test>
        S: 250 2.1.5
        C: DATA
        S: 354
        C: {999 octets}
        C: .
        S: 552 5.3.4 1001
        C: MAIL FROM:<a@example.org> SIZE=1000
        S: 250 2.1.0
        C: RCPT TO:<student@example.test>
        S: 250 2.1.5
        C: BDAT 1001
        C= {1001 octets}
        S: 552 5.3.4
        C: BDAT 3
        C= abc
        S: 503 5.5.1 RSET
        C: RSET
        S: 250 2.0.0
    """,
    "parameters": r"""
        C: EHLO client
        S: 250
        C: MAIL FROM:<a@example.org> COLOUR=red
        S: 555 5.5.4 COLOUR
        C: MAIL FROM:<a@example.org> BODY=9BIT
        S: 501 5.5.4
        C: MAIL FROM:<a@example.org> SMTPUTF8=yes
        S: 501 5.5.4
        C: MAIL FROM:<a@example.org> RET=ALL
        S: 501 5.5.4
        C: MAIL FROM:<a@example.org> ENVID=a+zz
        S: 501 5.5.4
        C: MAIL FROM:<a@example.org> RET=HDRS RET=FULL
        S: 501 5.5.4 twice
        C: MAIL FROM:<a@example.org> ret=hdrs envid=QQ+2B1 body=8bitmime auth=<>
        S: 250 2.1.0
        C: RCPT TO:<student@example.test> NOTIFY=NEVER,DELAY
        S: 501 5.5.4
        C: RCPT TO:<student@example.test> ORCPT=student
        S: 501 5.5.4
        C: RCPT TO:<student@example.test> SIZE=1
        S: 555 5.5.4
        C: RCPT TO:<student@example.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;student@example.test
        S: 250 2.1.5
    """,
    "SMTPUTF8": r"""
        C: EHLO client
        S: 250
        C: MAIL FROM:<учитель@example.test>
        S: 553 5.6.7
        C: MAIL FROM:<a@example.org>
        S: 250 2.1.0
        C: RCPT TO:<учитель@example.test>
        S: 553 5.6.7
        C: RSET
        S: 250 2.0.0
        C: MAIL FROM:<учитель@example.test> SMTPUTF8
        S: 250 2.1.0
        C: RCPT TO:<учитель@example.test>
        S: 250 2.1.5
        C: RSET
        S: 250 2.0.0
        C: VRFY учитель
        S: 550 5.6.7
        C: EXPN учитель
        S: 550 5.6.7
        C: VRFY учитель SMTPUTF8
        S: 250 2.1.5 Учитель
    """,
    "chunks": r"""
        C: EHLO client
        S: 250
        C: BDAT 3 LAST
        C= abc
        S: 503 5.5.1
        C: MAIL FROM:<a@example.org> BODY=BINARYMIME
        S: 250 2.1.0
        C: BDAT 3
        C= abc
        S: 503 5.5.1 RCPT
        C: RCPT TO:<teacher@example.test>
        S: 250 2.1.5
        C: DATA
        S: 503 5.5.1 BDAT
        C: bdat 7
        C= \r\n.\r\n\x00\xff
        S: 250 2.0.0 7 octets
        C: RCPT TO:<student@example.test>
        S: 503 5.5.1
        C: DATA
        S: 503 5.5.1
        C: BDAT 0 LAST
        S: 250 2.0.0 7 octets kept
        C: BDAT 3 LAST
        C= abc
        S: 503 5.5.1
        C= BDAT 3 LAST\nabc
        S: 500 5.5.2 LF alone
        C: NOOP
        S: 250 2.0.0
    """,
    "asking": r"""
        C: VRFY student
        S: 250 2.1.5 Sam Student <student@example.test>
        C: VRFY <teacher@example.test>
        S: 250 2.1.5 Tess
        C: VRFY smith
        S: 553 5.1.4 Ann Smith
        C: VRFY Jon Smith
        S: 250 2.1.5 jon.smith@example.test
        C: VRFY nobody
        S: 550 5.1.1
        C: VRFY class
        S: 550 5.1.0 list
        C: VRFY moved
        S: 551 5.1.6 teacher
        C: VRFY graduate
        S: 251 2.1.5 grace
        C: VRFY somebody@example.org
        S: 252 2.1.5
        C: VRFY
        S: 501 5.5.4
        C: EXPN class
        S: 250 2.1.5 Sam Student <student@example.test>
        C: EXPN student
        S: 550 5.2.4
        C: EXPN nobody
        S: 550 5.1.1
        C: HELP
        S: 214 2.0.0 MAIL
        C: HELP rcpt
        S: 214 2.0.0 RCPT TO:<forward-path>
        C: HELP practice
        S: 214 2.0.0 slow-start@example.test
        C: HELP turn
        S: 504 5.5.4
        C: HELP yourself
        S: 504 5.5.4
    """,
    "to terminals": r"""
        C: EHLO client
        S: 250 SAML
        C: SEND FROM:<a@example.org>
        S: 250 2.1.0
        C: RCPT TO:<teacher@example.test>
        S: 450 4.2.1
        C: RCPT TO:<student@example.test>
        S: 250 2.1.5
        C: DATA
        S: 354
        C: wake up
        C: .
        S: 250 2.0.0
        C: SOML FROM:<a@example.org>
        S: 250 2.1.0
        C: RCPT TO:<teacher@example.test>
        S: 250 2.1.5
        C: RSET
        S: 250 2.0.0
        C: SAML FROM:<a@example.org>
        S: 250 2.1.0
    """,
    "logging in": r"""
        C: EHLO client
        S: 250 AUTH PLAIN LOGIN CRAM-MD5
        C: AUTH
        S: 501 5.5.4
        C: AUTH KERBEROS_V4
        S: 504 5.5.4 PLAIN
        C: AUTH CRAM-MD5 AAAA
        S: 501 5.7.0
        C: AUTH PLAIN {teacher's} much
        S: 501 5.5.4
        C: AUTH PLAIN !!!!
        S: 501 5.5.2 base64
        C: AUTH PLAIN AA=
        S: 501 5.5.2 base64
        C: AUTH PLAIN =
        S: 501 5.5.2 NUL
        C: AUTH PLAIN {wrong}
        S: 535 5.7.8
        C: AUTH PLAIN {for another}
        S: 535 5.7.8
        C: AUTH PLAIN {not UTF-8}
        S: 501 5.5.2
        C: AUTH PLAIN
        S: 334
        C: *
        S: 501 5.0.0
        C: AUTH LOGIN
        S: 334 VXNlcm5hbWU6
        C: c3R1ZGVudA==
        S: 334 UGFzc3dvcmQ6
        C: d3Jvbmc=
        S: 535 5.7.8
        C: AUTH CRAM-MD5
        S: 334
        C: bm90aGluZw==
        S: 501 5.5.2 digest
        C: AUTH CRAM-MD5
        S: 334
        C: bm9ib2R5IDAw
        S: 535 5.7.8
        C: AUTH PLAIN
        S: 334
        C= *\n
        S: 500 5.5.2
        C: auth plain {teacher's}
        S: 235 2.7.0
        C: AUTH PLAIN {teacher's}
        S: 503 5.5.1 already
        C: MAIL FROM:<teacher@example.test> AUTH=teacher@example.test
        S: 250 2.1.0
        C: RCPT TO:<somebody@example.org>
        S: 250 2.1.5
        C: RSET
        S: 250 2.0.0
    """,
    "lines too long": r"""
        C= NOOP {505 octets}\r\n
        S: 250 2.0.0
        C= NOOP {506 octets}\r\n
        S: 500 5.5.2 513
        C: EHLO client
        S: 250
        C= AUTH PLAIN {12288 octets}\r\n
        S: 500 5.5.6
        C: AUTH PLAIN
        S: 334
        C= {12288 octets}\r\n
        S: 500 5.5.6
        C: MAIL FROM:<{300 octets}@example.org>
        S: 501 5.1.0 256
        C: MAIL FROM:<a@example.org> ENVID={100 octets}
        S: 250 2.1.0
        C: NOOP
        S: 250 2.0.0
    """,
}
"""Name -> conversation, after the greeting; the server takes 1000 octets of content."""

LMTP = {
    "a reply for each recipient": r"""
        C: EHLO client
        S: 500 5.5.1 LHLO
        C: HELO client
        S: 500 5.5.1 LHLO
        C: LHLO client
        S: 250
        C: MAIL FROM:<>
        S: 250 2.1.0
        C: DATA
        S: 503 5.5.1
        C: RCPT TO:<student@example.test>
        S: 250 2.1.5
        C: RCPT TO:<nobody@example.test>
        S: 550 5.1.1
        C: RCPT TO:<picky@example.test>
        S: 250 2.1.5
        C: RCPT TO:<teacher@example.test>
        S: 250 2.1.5
        C: DATA
        S: 354
        C: hello
        C: .
        S: 250 2.0.0 student
        S: 554 5.6.0 picky
        S: 250 2.0.0 teacher
        C: MAIL FROM:<>
        S: 250 2.1.0
        C: RCPT TO:<student@example.test>
        S: 250 2.1.5
        C: RCPT TO:<teacher@example.test>
        S: 250 2.1.5
        C: BDAT 3
        C= abc
        S: 250 2.0.0
        C: BDAT 998 LAST
        C= {998 octets}
        S: 552 5.3.4
        S: 552 5.3.4
        C: QUIT
        S: 221 2.0.0
    """,
}
"""The same, spoken to a server of LMTP."""
