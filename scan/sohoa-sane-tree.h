/* Private to the SANE driver: the option tree of an open device, read whole, and the one way to set an option:
 * guarded, inside its constraint, read back. */
#pragma once

#include "sohoa-sane-private.h"

G_BEGIN_DECLS

typedef struct {
  SANE_Int        index;
  char           *name;       /* (owned) "" for groups and the like */
  char           *title;      /* (owned) */
  SANE_Value_Type type;
  SANE_Unit       unit;
  SANE_Int        size;       /* bytes */
  SANE_Int        cap;
  SANE_Constraint_Type constraint;
  SANE_Range      range;
  GArray         *words;      /* (owned) (nullable) (element-type SANE_Word) */
  char          **strings;    /* (owned) (nullable) */
} SohoaSaneOption;

typedef struct {
  SohoaSaneDevice *device;    /* (unowned) */
  GPtrArray       *options;   /* (owned) (element-type SohoaSaneOption) */
  gboolean         source_lies; /* quirk: an inactive source option is taken for active */
} SohoaSaneTree;

SohoaSaneTree *sohoa_sane_tree_new (SohoaSaneDevice *device, gboolean source_lies, GError **error);
void           sohoa_sane_tree_free (SohoaSaneTree *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaSaneTree, sohoa_sane_tree_free)

/* By the driver's own name; (nullable), borrowed until the next set. */
const SohoaSaneOption *sohoa_sane_tree_find (const SohoaSaneTree *self, const char *name);
/* By our name, through the table of other names (sohoa-sane-quirks.h). */
const SohoaSaneOption *sohoa_sane_tree_find_role (const SohoaSaneTree *self, const char *role);

gboolean sohoa_sane_option_is_number (const SohoaSaneOption *option);
gboolean sohoa_sane_option_is_active (const SohoaSaneOption *option);
/* Active, by software, one plain value. */
gboolean sohoa_sane_option_is_settable (const SohoaSaneOption *option);
double   sohoa_sane_option_min (const SohoaSaneOption *option); /* of a range or list; NAN = none */
double   sohoa_sane_option_max (const SohoaSaneOption *option);

/* Values now. Errors: as sohoa_sane_fail(), SOHOA_SCAN_ERROR_OPTION for an option that has no such value. */
gboolean sohoa_sane_get_number (SohoaSaneTree *self, const SohoaSaneOption *option, double *out, GError **error);
char    *sohoa_sane_get_string (SohoaSaneTree *self, const SohoaSaneOption *option, GError **error);
gboolean sohoa_sane_get_bool (SohoaSaneTree *self, const SohoaSaneOption *option, gboolean *out, GError **error);

/* Sets and reads back; the tree is read anew when the driver says so, so every option found before is stale.
 * A single legal value is not set, only compared. @got_out (nullable): what the device has now.
 * SOHOA_SCAN_ERROR_OPTION: inactive, read-only, refused, or something else was read back (strings, switches). */
gboolean sohoa_sane_set_number (SohoaSaneTree *self, const SohoaSaneOption *option, double value, double *got_out, GError **error);
gboolean sohoa_sane_set_string (SohoaSaneTree *self, const SohoaSaneOption *option, const char *value, GError **error);
gboolean sohoa_sane_set_bool (SohoaSaneTree *self, const SohoaSaneOption *option, gboolean value, GError **error);
/* "name=value" as a person writes it. */
gboolean sohoa_sane_set_raw (SohoaSaneTree *self, const char *text, GError **error);

/* aa{sv} for people and programs (sohoa-scan-devices.h); floating. */
GVariant *sohoa_sane_tree_to_variant (SohoaSaneTree *self);

G_END_DECLS
