/* The agent's configuration, and whom the person has allowed.
 *
 *   ~/.config/sohoa/agent.conf
 *   [agent]
 *   port = 8987            what pages expect (domain.md 9.3); 0 = any free one (tests)
 *   sign = pkcs11:…        key for files that a page sends (p12:FILE too); none: only documents of the desk
 *   level = b              b, t, lt or lta, of those files' signatures; tsa = URL
 *   trust = /…/roots.pem   for VerifyMsg
 *   ca-file = /…           authority of the office's own servers, instead of the system's, for origins that name none
 *   max-file-mb = 100      of one file, downloaded or uploaded
 *   ask = /…/program       asks the person (else sohoa-ask of this installation)
 *   ask-new = yes          no: an origin that stands in no section is refused without a question
 *
 *   [origin https://qlvb.example]      an origin that needs no question
 *   hosts = https://files.example;…    other hosts its files may come from and go to
 *   ca-file = /…           authority of its certificates, where the system's do not do
 *
 * Answers "always" of a person go to agent-origins.conf beside it, in the same form, written by the agent. */
#pragma once

#include "sohoa-conf.h"

G_BEGIN_DECLS

typedef struct {
  char  *origin;  /* (owned) "https://qlvb.example" */
  char **hosts;   /* (owned) further origins */
  char  *ca_file; /* (owned) (nullable) */
  gboolean learned; /* from a person's answer, not from agent.conf */
} SohoaAgentOrigin;

typedef struct {
  guint    port;
  char    *sign, *level, *tsa, *trust, *ca_file, *ask; /* (owned) (nullable) */
  guint64  max_file_bytes;
  gboolean ask_new;
  char    *folder;    /* (owned) where both files lie */
  GPtrArray *origins; /* (owned) (element-type SohoaAgentOrigin) under lock */
  GHashTable *denied; /* (owned) set of origins a person has refused, until the program ends; under lock */
  GMutex   lock;
} SohoaAgentConf;

/* @folder: of agent.conf, which may be missing. Errors: SOHOA_ERROR_CONFIG. */
SohoaAgentConf *sohoa_agent_conf_load (const char *folder, GError **error);
void            sohoa_agent_conf_free (SohoaAgentConf *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaAgentConf, sohoa_agent_conf_free)

typedef enum { SOHOA_AGENT_UNKNOWN, SOHOA_AGENT_ALLOWED, SOHOA_AGENT_DENIED } SohoaAgentVerdict;

/* All from any thread. @origin as of sohoa_agent_origin_of(). */
SohoaAgentVerdict sohoa_agent_conf_judge (SohoaAgentConf *self, const char *origin);
/* Whether files of pages of @origin may come from or go to @host (an origin too). */
gboolean sohoa_agent_conf_may_visit (SohoaAgentConf *self, const char *origin, const char *host);
/* (nullable) the authority file for @origin's hosts; g_free. */
char    *sohoa_agent_conf_dup_ca_file (SohoaAgentConf *self, const char *origin);
/* A person allows @origin with @hosts (nullable) for good; written durably before it counts. */
gboolean sohoa_agent_conf_allow (SohoaAgentConf *self, const char *origin, const char *const *hosts, GError **error);
void     sohoa_agent_conf_deny (SohoaAgentConf *self, const char *origin);
/* Takes a learned permission back. */
gboolean sohoa_agent_conf_forget (SohoaAgentConf *self, const char *origin, GError **error);
/* Names of learned origins; g_strfreev. */
char   **sohoa_agent_conf_list_learned (SohoaAgentConf *self);

G_END_DECLS
