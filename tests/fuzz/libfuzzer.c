/* One target under libFuzzer: FUZZ_TARGET=pdf FUZZ_SEEDS=corpus tests/fuzz/fuzz corpus/ (see fuzz.sh). */
#include "targets.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static const SohoaFuzzTarget *target;

/* libFuzzer begins with what lies in its corpus folder. */
static void
write_seeds (const char *folder)
{
  g_autoptr(GPtrArray) seeds = folder != NULL ? target->seeds () : NULL;

  for (guint i = 0; seeds != NULL && i < seeds->len; i++) {
    g_autofree char *path = g_strdup_printf ("%s/seed-%u", folder, i);
    gsize length;
    const char *data = g_bytes_get_data (g_ptr_array_index (seeds, i), &length);

    g_assert_true (g_file_set_contents (path, data, (gssize) length, NULL));
  }
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  const char *name = getenv ("FUZZ_TARGET");

  target = name != NULL ? sohoa_fuzz_find (name) : NULL;
  if (target == NULL) {
    fprintf (stderr, "fuzz: FUZZ_TARGET: no such target\n");
    exit (2);
  }
  sohoa_fuzz_init ();
  write_seeds (getenv ("FUZZ_SEEDS"));
  return 0;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  target->run (data, size);
  return 0;
}
