#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-image-stream.h"
#include "sohoa-text-layer.h"
#include "sohoa-wire.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static void
test_round_trip (void)
{
  g_autoptr(GError) error = NULL;
  int pair[2], fds[SOHOA_WIRE_MAX_FDS];
  guint n_fds;
  g_autofree char *name = NULL;
  g_autoptr(GVariant) args = NULL;
  SOHOA_AUTO_FD int sent = sohoa_memfd_new_sealed ("sent", "hello", 5, &error);
  const char *value;
  char text[6] = "";

  g_assert_true (sohoa_wire_pair (pair, &error));
  g_assert_true (sohoa_wire_send (pair[0], "page", g_variant_new_parsed ("{'name': <'ắ'>}"), &sent, 1, 1000, &error));
  g_assert_true (sohoa_wire_receive (pair[1], &name, &args, fds, &n_fds, 1000, &error));
  g_assert_cmpstr (name, ==, "page");
  g_assert_true (g_variant_lookup (args, "name", "&s", &value));
  g_assert_cmpstr (value, ==, "ắ");
  g_assert_cmpuint (n_fds, ==, 1);
  g_assert_true (sohoa_fd_pread_all (fds[0], text, 5, 0, &error));
  g_assert_cmpstr (text, ==, "hello");
  close (fds[0]);
  close (pair[0]);
  close (pair[1]);
}

static gboolean
receive_after (const void *bytes, gsize length, gboolean close_after, GError **error)
{
  int pair[2];
  g_autofree char *name = NULL;
  g_autoptr(GVariant) args = NULL;
  gboolean ok;

  g_assert_true (sohoa_wire_pair (pair, NULL));
  g_assert_cmpint (write (pair[0], bytes, length), ==, length);
  if (close_after)
    close (pair[0]);
  ok = sohoa_wire_receive (pair[1], &name, &args, NULL, NULL, 100, error);
  if (!close_after)
    close (pair[0]);
  close (pair[1]);
  return ok;
}

static void
test_hostile (void)
{
  static const struct {
    const char *bytes;
    gsize       length;
    gboolean    close_after;
    int         code;
  } rows[] = {
    { "GET / HTTP/1.1\r\n", 16, TRUE, G_IO_ERROR_INVALID_DATA },
    { "SOH1\xFF\xFF\xFF\xFF", 8, TRUE, G_IO_ERROR_INVALID_DATA },
    { "SOH1\x10\0\0\0abc", 11, TRUE, G_IO_ERROR_CLOSED },
    { "SOH1\x10\0\0\0abc", 11, FALSE, G_IO_ERROR_TIMED_OUT },
    { "SO", 2, TRUE, G_IO_ERROR_CLOSED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr(GError) error = NULL;

    g_assert_false (receive_after (rows[i].bytes, rows[i].length, rows[i].close_after, &error));
    g_assert_error (error, G_IO_ERROR, rows[i].code);
  }
  {
    /* garbage of the right length is a message of default values, never a crash */
    g_autoptr(GError) error = NULL;

    g_assert_true (receive_after ("SOH1\x08\0\0\0\xFE\xFE\xFE\xFE\xFE\xFE\xFE\xFE", 16, TRUE, &error));
  }
}

static void
test_error_args (void)
{
  g_autoptr(GError) error = g_error_new (SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_TOO_LARGE, "big");
  g_autoptr(GVariant) args = g_variant_ref_sink (sohoa_wire_error_args (error));
  g_autoptr(GError) back = sohoa_wire_error_from_args (args);

  g_assert_error (back, SOHOA_PDF_ERROR, SOHOA_PDF_ERROR_TOO_LARGE);
  g_assert_cmpstr (back->message, ==, "big");
}

static void
test_text_layer (void)
{
  g_autoptr(SohoaTextLayer) layer = sohoa_text_layer_new (2480, 3508, 300);
  SohoaLine *line = sohoa_text_layer_add_line (layer, 1, SOHOA_PLANE_RED);
  SohoaBox a = { 10, 20, 30, 40 }, b = { 50, 10, 30, 40 };
  g_autoptr(GVariant) variant = NULL;
  g_autoptr(SohoaTextLayer) back = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  SohoaBox box;

  line->y0 = 60;
  line->x1 = 80;
  sohoa_line_add_word (line, "Hỏa", a, 0.5);
  sohoa_line_add_word (line, " tốc ", b, 1.5);
  sohoa_line_add_word (line, " \t", b, 0.5); /* nothing left: dropped */
  g_assert_cmpuint (line->words->len, ==, 2);
  box = sohoa_line_box (line);
  g_assert_cmpfloat (box.x, ==, 10);
  g_assert_cmpfloat (box.y, ==, 10);
  g_assert_cmpfloat (box.w, ==, 70);
  g_assert_cmpfloat (box.h, ==, 50);
  variant = g_variant_ref_sink (sohoa_text_layer_to_variant (layer));
  back = sohoa_text_layer_from_variant (variant, &error);
  g_assert_no_error (error);
  text = sohoa_text_layer_to_text (back);
  g_assert_cmpstr (text, ==, "Hỏa tốc\n");
  g_assert_cmpint (sohoa_text_layer_peek_line (back, 0)->plane, ==, SOHOA_PLANE_RED);
  g_assert_cmpfloat (sohoa_text_layer_mean_confidence (back), ==, 0.75);
  line->x0 = NAN;
  {
    g_autoptr(GVariant) poisoned = g_variant_ref_sink (sohoa_text_layer_to_variant (layer));

    g_assert_null (sohoa_text_layer_from_variant (poisoned, &error));
    g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT);
  }
}

static gboolean
stream_ok (const char *filter, guint width, guint bits)
{
  g_autoptr(SohoaImageStream) stream = sohoa_image_stream_new ();
  g_autoptr(GVariant) variant = NULL;
  g_autoptr(SohoaImageStream) back = NULL;

  stream->width_px = width;
  stream->height_px = 10;
  stream->bits = bits;
  stream->components = 1;
  stream->length = 5;
  stream->filter = g_strdup (filter);
  stream->decode_parms = g_strdup ("<</K -1 /Columns 10>>");
  stream->sha256 = g_strnfill (64, 'a');
  variant = g_variant_ref_sink (sohoa_image_stream_to_variant (stream));
  back = sohoa_image_stream_from_variant (variant, NULL);
  return back != NULL && g_strcmp0 (back->decode_parms, stream->decode_parms) == 0;
}

static void
test_image_stream (void)
{
  g_assert_true (stream_ok ("/CCITTFaxDecode", 10, 1));
  g_assert_true (stream_ok ("[/FlateDecode /DCTDecode]", 10, 8));
  g_assert_false (stream_ok ("/DCTDecode>> /Evil <<", 10, 8)); /* would break out of its dictionary */
  g_assert_false (stream_ok ("/DCTDecode /F (x)", 10, 8));
  g_assert_false (stream_ok ("/DCTDecode", 0, 8));
  g_assert_false (stream_ok ("/DCTDecode", 70000, 8));
  g_assert_false (stream_ok ("/DCTDecode", 10, 3));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/round-trip", test_round_trip);
  g_test_add_func ("/wire/hostile", test_hostile);
  g_test_add_func ("/wire/error", test_error_args);
  g_test_add_func ("/text-layer", test_text_layer);
  g_test_add_func ("/image-stream", test_image_stream);
  return g_test_run ();
}
