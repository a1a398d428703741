/* Everything that reads bytes from outside, as one function each: for libFuzzer (tests/fuzz/fuzz.sh) and for the replay that
 * `make check` runs. A target must never crash, hang, leak, or take what it then cannot give back. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const char *name;
  void      (*run) (const guint8 *data, gsize size);
  GPtrArray *(*seeds) (void); /* (element-type GBytes) well-formed inputs; g_ptr_array_unref */
  const char *const *words;   /* (nullable) NULL-terminated: what a mutation may put in */
  guint       rounds;         /* of the replay: costly targets have fewer */
} SohoaFuzzTarget;

/* In the order of the table; NULL: there is no such one. */
const SohoaFuzzTarget *sohoa_fuzz_targets (guint *n_out);
const SohoaFuzzTarget *sohoa_fuzz_find (const char *name);
/* Once, before the first run: what reads configuration files of libraries. */
void sohoa_fuzz_init (void);

G_END_DECLS
