/* Shared by the halves of a hot folder: names and completeness, scanning, claims. */
#pragma once

#include "sohoa-hot-folder.h"

#include <dirent.h>
#include <sys/stat.h>

G_BEGIN_DECLS

#define SOHOA_HOT_CLAIMED_FOLDER ".sohoa-claimed"
#define SOHOA_HOT_DONE_FOLDER "done"
#define SOHOA_HOT_REJECTED_FOLDER "rejected"

struct _SohoaHotFolder {
  char         *path;       /* (owned) */
  int           fd;         /* of the folder: everything is done relative to it */
  SohoaHotRules rules;
  char         *group;      /* (owned) (nullable) what rules.group points at */
  GQueue       *recovered;  /* (owned) (nullable) (element-type utf8) claims of an earlier life, not yet given; NULL: not looked */
  GHashTable   *waiting;    /* (owned) raw name → Waiting */
  GHashTable   *warned;     /* (owned) raw names that were refused once */
  guint64       generation;
};

/* One file to be claimed. */
typedef struct {
  char       *name; /* (owned) raw */
  int         fd;   /* (owned) */
  struct stat st;   /* of @fd */
} SohoaHotPiece;

void sohoa_hot_piece_free (gpointer piece);

/* Names that are never documents: hidden, half-written, or made by systems and viewers. */
gboolean sohoa_hot_name_is_ignored (const char *name);
gboolean sohoa_hot_name_is_ticket (const char *name);
/* Names that the ticket of document @name (of group @stem) may have, best first. NULL-terminated; g_strfreev. */
char   **sohoa_hot_name_tickets (const char *name, const char *stem);
/* "SCAN_0001.jpg" with @separator "_": stem "SCAN", number 1. FALSE: no page of a group. g_free @stem_out. */
gboolean sohoa_hot_name_split (const char *name, const char *separator, char **stem_out, guint *number_out);

/* Light check of the end of a file; what it does not know is complete. The worker decides later. */
gboolean sohoa_hot_file_is_complete (int fd, guint64 size);
/* A lease is refused while someone has the file open for writing. Not every file system and not every
 * user may take one: then the other tests must do. */
gboolean sohoa_hot_file_has_writer (int fd);
/* Opens @name below the folder without following anything. -1: errno tells. */
int      sohoa_hot_open_beneath (int folder, const char *name);
DIR     *sohoa_hot_open_folder (int at, const char *name);

void     sohoa_hot_warn_once (SohoaHotFolder *self, const char *name, const char *why);

/* Renames the files that are open in @pieces (element-type SohoaHotPiece; the last may be a ticket), all or none.
 * NULL: something moved meanwhile; try later. Takes the descriptors. */
SohoaHotClaim *sohoa_hot_claim_make (SohoaHotFolder *self, GPtrArray *pieces, gboolean ticket);
/* The next claim of an earlier life; NULL when there is none left. */
SohoaHotClaim *sohoa_hot_claim_recover (SohoaHotFolder *self);

G_END_DECLS
