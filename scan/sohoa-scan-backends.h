/* Private to scan/: which SANE backends are configured, and how they behaved when they were asked before. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _SohoaBackends SohoaBackends;

/* @state_file (nullable): a missing or damaged one is an empty memory. All functions: any thread. */
SohoaBackends *sohoa_backends_new (const char *state_file);
void           sohoa_backends_free (SohoaBackends *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaBackends, sohoa_backends_free)

/* The quick ones first, those not known next, offenders last. */
void     sohoa_backends_sort (SohoaBackends *self, char **names);
gboolean sohoa_backends_is_offender (SohoaBackends *self, const char *name);
/* @problem (nullable): a hang or crash makes an offender, an answer clears it. */
void     sohoa_backends_remember (SohoaBackends *self, const char *name, guint took_ms, const GError *problem);
void     sohoa_backends_save (SohoaBackends *self);

G_END_DECLS
