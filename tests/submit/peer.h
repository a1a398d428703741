/* The real receiver as a child of the test, and what the tests send to it. */
#pragma once

#include "sohoa-connector.h"

typedef struct {
  char        *dir;     /* (owned) */
  char        *url;     /* (owned) where it listens */
  GSubprocess *process; /* (owned) (nullable) */
  GDataInputStream *out; /* (owned) its stdout */
  gboolean     check_signatures; /* by the real page worker */
} Peer;

/* A new folder with secrets; nothing runs yet. */
Peer *peer_new (void);
/* Starts sohoa-qlvb (with --test-no-signature-check unless wanted) and @arguments (NULL-terminated, nullable); again on the
 * same port after a stop. */
void  peer_start (Peer *self, const char *const *arguments);
void  peer_kill (Peer *self);          /* SIGKILL, by its pid */
int   peer_stop (Peer *self);          /* SIGTERM; exit status */
void  peer_free (Peer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Peer, peer_free)
gint64 peer_count (Peer *self, const char *sql); /* one number from its register */

/* @extra: further lines of the target's section. */
SohoaConnector *peer_connect (Peer *self, const char *connector, const char *url, const char *extra);

typedef struct {
  SohoaRecord *record;
  int          fd;
  char        *sha256, *key;
  SohoaSubmission what;
} Paper;
/* A document with subject and number of its own. */
Paper *paper_new (const char *number, const char *subject);
void   paper_free (Paper *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Paper, paper_free)
