/* The daemon's configuration (data/sohoad.conf is the commented sample).
 *
 *   [daemon]          state-dir, runtime-dir, workers
 *   [agency]          id, name, authority (text of the copying authority), profile
 *   [hotfolder NAME]  path, profile, stable-seconds, watch = inotify | poll, subfolders, group, group-seconds,
 *                     tickets = no | optional | required
 *   [target NAME]     submit/sohoa-target.h
 *   [signing]         p12, passphrase-file, unattended, token, token-minutes, token-call-seconds,
 *                     originals, level, tsa, tsa-policy, tsa-seconds, proxy, trust, degrade, renew-days
 *   [numbers]         source = desk | qlvb | paper, book
 *   [scanners]        addresses (network scanners, "escl:http://host/eSCL;…"), call-limit-ms
 *   [demo]            enabled, pause-ms
 * Unknown sections and keys are refused: SOHOA_ERROR_CONFIG. */
#pragma once

#include "sohoa-hot-folder.h"
#include "sohoa-levels.h"
#include "sohoa-target.h"

G_BEGIN_DECLS

typedef enum { SOHOA_NUMBERS_DESK, SOHOA_NUMBERS_QLVB, SOHOA_NUMBERS_PAPER } SohoaNumbers;
const char *sohoa_numbers_to_string (SohoaNumbers numbers); /* "desk" … static */

typedef struct {
  char *name;           /* (owned) */
  char *path;           /* (owned) absolute */
  char *profile;        /* (owned) (nullable) */
  guint stable_seconds;
  gboolean polled;      /* look by the clock, expect no notices: a network mount */
  gboolean subfolders;  /* folders in it, each named as the profile of what is dropped there */
  char *group;          /* (owned) (nullable) text before the number of a page; NULL: every file is a document */
  guint group_seconds;  /* without a further page: the scan is whole */
  SohoaHotTickets tickets;
} SohoaFolderConf;

typedef struct {
  char *state_dir, *runtime_dir;  /* (owned) absolute */
  guint workers;                  /* 0 = one per core */
  char *agency_id, *agency_name;  /* (owned) */
  char *authority;                /* (owned) số văn bản ủy quyền, "" = none */
  char *profile;                  /* (owned) compliance profile */
  GPtrArray *folders;             /* (owned) (element-type SohoaFolderConf) */
  GPtrArray *targets;             /* (owned) (element-type SohoaTarget) taken by the desk */
  char *p12, *passphrase_file;    /* (owned) (nullable) */
  char *token;                    /* (owned) (nullable) "pkcs11:…" (RFC 7512), without a PIN */
  guint token_minutes;            /* an unlock ends after so long */
  guint token_call_seconds;       /* no call of the token's module may take longer; 0 = sohoa-token-guard.h */
  gboolean unattended;
  char    *seal;                  /* (owned) (nullable) PNG, for profiles that show it */
  double   seal_mm;               /* 0 = as the PNG says */
  gboolean sign_originals;        /* append our signature to files that are kept as they are */
  SohoaLevel level;               /* wanted of every signature of the desk */
  char *tsa, *tsa_policy, *proxy; /* (owned) (nullable) sohoa-levels.h */
  char *trust;                    /* (owned) (nullable) PEM file: where the authorities' chains must end */
  guint tsa_seconds;              /* longest wait for one answer; after it the document goes on without */
  gboolean degrade;               /* an authority that is away lowers the level; FALSE: the document waits for it */
  guint renew_days;               /* before an archive time stamp's certificate ends */
  SohoaNumbers numbers;
  char *book;                     /* (owned) "" = the only book */
  char *petition_group;           /* (owned) unix group that reads letters of citizens; "" = who polkit lets */
  guint scanner_limit_ms;         /* shortens every deadline of a driver call; 0 = as they are */
  char **scanners;                /* (owned) never NULL: network scanners known by address */
  gboolean demo;
  guint pause_ms;                 /* [demo]: every step waits so long before its work and before its commit */
} SohoaDaemonConf;

/* Where things lie when the configuration does not say. */
typedef struct {
  const char *state_dir;   /* (nullable) from the command line: wins over the file */
  gboolean    session;
} SohoaDaemonPlace;

/* @path NULL: the default file of the mode, which may be missing. */
SohoaDaemonConf *sohoa_daemon_conf_load (const char *path, const SohoaDaemonPlace *place, GError **error);
void             sohoa_daemon_conf_free (SohoaDaemonConf *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaDaemonConf, sohoa_daemon_conf_free)

G_END_DECLS
