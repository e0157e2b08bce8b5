/* The extension of mail_filters.c and its plug-ins. An incompatible change needs a new number. */
#ifndef PLUGIN_MAIL_H
#define PLUGIN_MAIL_H

#define MAIL_EXTENSION "org.example.mail/1"

/* Each may be NULL. */
typedef struct Mail {
    const char *(*refuse)(const char *sender); /* returns why mail of this sender is refused; NULL if it is not */
    void (*note)(const char *sender);          /* called for mail that was not refused */
} Mail;

#endif
