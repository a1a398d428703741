/* One target under libFuzzer: FUZZ_TARGET=pdf tests/fuzz/fuzz corpus/ (see fuzz.sh). */
#include "targets.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static const SohoaFuzzTarget *target;

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
  return 0;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  target->run (data, size);
  return 0;
}
