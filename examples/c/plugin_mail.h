/* What mail_filters.c and its plug-ins agree on. Whoever changes it gives it another number. */
#ifndef PLUGIN_MAIL_H
#define PLUGIN_MAIL_H

#define MAIL_EXTENSION "org.example.mail/1"

/* Each may be NULL: a plug-in has what it needs. */
typedef struct Mail {
    const char *(*refuse)(const char *sender); /* why mail of this sender is refused; NULL when it is not */
    void (*note)(const char *sender);          /* is told of mail that nobody before it refused */
} Mail;

#endif
