/* Every target: its seeds, what once broke it (tests/fuzz/found/TARGET-*), and some thousand mutations of both, the same in
 * every run. FUZZ_ROUNDS=N: so many instead. */
#include "targets.h"

#include <string.h>

#define MAX_BYTES 65536u

static guint64 state;

/* xorshift: the same numbers everywhere. */
static guint
pick (guint below)
{
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return below > 0 ? (guint) ((state >> 11) % below) : 0;
}

static void
mutate_once (GByteArray *bytes, const char *const *words)
{
  static const guint8 telling[] = { 0x00, 0xff, 0x7f, 0x80, 0x01, '<', '"', '{', '\n' };
  guint at = pick (bytes->len), n = 1 + pick (16), kind = pick (words != NULL ? 7 : 6);

  if (bytes->len == 0) {
    g_byte_array_append (bytes, telling, 1);
    return;
  }
  n = MIN (n, bytes->len - at);
  if (kind == 0) {
    bytes->data[at] ^= (guint8) (1u << pick (8));
  } else if (kind == 1) {
    bytes->data[at] = telling[pick (sizeof telling)];
  } else if (kind == 2) {
    g_byte_array_remove_range (bytes, at, n);
  } else if (kind == 3) {
    bytes->data[at] = (guint8) pick (256);
  } else if (kind == 4 && bytes->len + n < MAX_BYTES) { /* a piece twice */
    guint8 piece[16];

    memcpy (piece, bytes->data + at, n);
    g_byte_array_append (bytes, piece, n);
    memmove (bytes->data + at + n, bytes->data + at, bytes->len - at - n);
  } else if (kind == 5) {
    g_byte_array_set_size (bytes, at); /* cut off */
  } else if (kind == 6) {
    guint count = g_strv_length ((char **) words);
    const char *word = words[pick (count)];
    guint length = MIN ((guint) strlen (word), bytes->len - at);

    memcpy (bytes->data + at, word, length);
  }
}

static void
add_found (const SohoaFuzzTarget *target, GPtrArray *seeds)
{
  const char *top = g_getenv ("SOHOA_TOP_SRCDIR");
  g_autofree char *folder = g_build_filename (top != NULL ? top : ".", "tests", "fuzz", "found", NULL);
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  g_autofree char *prefix = g_strconcat (target->name, "-", NULL);
  const char *name;

  g_assert_true (dir != NULL || top == NULL); /* by hand from another folder: without them */
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    char *data;
    gsize length;

    if (g_str_has_prefix (name, prefix) && g_file_get_contents (path, &data, &length, NULL))
      g_ptr_array_add (seeds, g_bytes_new_take (data, length));
  }
}

static void
test_target (gconstpointer data)
{
  const SohoaFuzzTarget *target = data;
  g_autoptr(GPtrArray) seeds = target->seeds ();
  const char *wanted = g_getenv ("FUZZ_ROUNDS");
  guint rounds = wanted != NULL ? (guint) g_ascii_strtoull (wanted, NULL, 10) : target->rounds;

  add_found (target, seeds);
  g_assert_cmpuint (seeds->len, >, 0);
  for (guint i = 0; i < seeds->len; i++) {
    gsize length;
    const guint8 *bytes = g_bytes_get_data (g_ptr_array_index (seeds, i), &length);

    target->run (bytes, length);
  }
  target->run ((const guint8 *) "", 0);
  state = 88172645463325252u;
  for (guint i = 0; i < rounds; i++) {
    GBytes *seed = g_ptr_array_index (seeds, i % seeds->len);
    g_autoptr(GByteArray) bytes = g_byte_array_new ();

    g_byte_array_append (bytes, g_bytes_get_data (seed, NULL), (guint) g_bytes_get_size (seed));
    for (guint k = 1 + pick (6); k > 0; k--)
      mutate_once (bytes, target->words);
    target->run (bytes->data != NULL ? bytes->data : (const guint8 *) "", bytes->len);
  }
}

int
main (int argc, char **argv)
{
  guint n;
  const SohoaFuzzTarget *targets = sohoa_fuzz_targets (&n);

  g_test_init (&argc, &argv, NULL);
  sohoa_fuzz_init ();
  for (guint i = 0; i < n; i++) {
    g_autofree char *path = g_strconcat ("/fuzz/", targets[i].name, NULL);

    g_test_add_data_func (path, &targets[i], test_target);
  }
  return g_test_run ();
}
