/* What people confirmed is proposed again, never claimed; what a purged document taught is gone. */
#include "sohoa-lexicon.h"

static char *
get_row (gpointer data, const char *row)
{
  return g_strdup (g_hash_table_lookup (data, row));
}

static gboolean
set_row (gpointer data, const char *row, const char *text, GError **error)
{
  (void) error;
  if (text == NULL)
    g_hash_table_remove (data, row);
  else
    g_hash_table_insert (data, g_strdup (row), g_strdup (text));
  return TRUE;
}

static SohoaLexiconRows
rows_new (void)
{
  return (SohoaLexiconRows) { get_row, set_row, g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free) };
}

static guint
count_rows (const SohoaLexiconRows *rows)
{
  return g_hash_table_size (rows->data);
}

/* As the machine read it. */
static SohoaRecord *
read_paper (const char *organ, const char *type, const char *name, double confidence)
{
  SohoaRecord *record = sohoa_record_new ();

  sohoa_record_set_field (record, "OrganName", organ, confidence, "ocr");
  sohoa_record_set_field (record, "TypeName", type, 0.99, "ocr");
  sohoa_record_set_field (record, "FullName", name, confidence, "ocr");
  return record;
}

static void
confirm_as (const SohoaLexiconRows *rows, const char *id, const char *type, const char *places)
{
  g_autoptr(SohoaRecord) record = read_paper ("UBND XA Vl DU", type, "Nguyen Văn Mâu", 0.6);
  g_autoptr(GError) error = NULL;

  sohoa_record_correct_field (record, "OrganName", "UBND xã Ví Dụ", "uid:1000", 1);
  sohoa_record_correct_field (record, "FullName", "Nguyễn Văn Mẫu", "uid:1000", 1);
  sohoa_record_correct_field (record, "Position", "Chủ tịch", "uid:1000", 1);
  sohoa_record_correct_field (record, "ToPlaces", places, "uid:1000", 1);
  g_assert_true (sohoa_lexicon_learn (rows, record, id, &error));
  g_assert_no_error (error);
}

static const SohoaField *
field_of (const SohoaRecord *record, const char *key, const char *value)
{
  const SohoaField *field = sohoa_record_peek_field (record, key);

  g_assert_nonnull (field);
  g_assert_cmpstr (field->value, ==, value);
  return field;
}

static void
test_alias (void)
{
  SohoaLexiconRows rows = rows_new ();
  g_autoptr(SohoaRecord) same = read_paper ("UBND XÃ Vl DU", "Công văn", "Trần Thị Khác", 0.6);
  g_autoptr(SohoaRecord) sure = read_paper ("UBND XA Vl DU", "Công văn", "Trần Thị Khác", 0.95);
  g_autoptr(SohoaRecord) other = read_paper ("UBND xã Khác", "Công văn", "Trần Thị Khác", 0.6);
  const SohoaField *field;

  confirm_as (&rows, "a", "Công văn", "Phòng Kinh tế");
  sohoa_lexicon_propose (&rows, same);
  field = field_of (same, "OrganName", "UBND xã Ví Dụ");
  g_assert_cmpstr (field->source, ==, SOHOA_LEXICON_SOURCE);
  g_assert_cmpfloat (field->confidence, <, SOHOA_CONFIDENCE_CLAIMED);
  g_assert_cmpstr (((SohoaFieldChange *) g_ptr_array_index (field->history, 0))->value, ==, "UBND XÃ Vl DU");
  field_of (same, "FullName", "Trần Thị Khác"); /* another signer is no slip of the known one */
  sohoa_lexicon_propose (&rows, sure); /* what the machine claims stays */
  field_of (sure, "OrganName", "UBND XA Vl DU");
  sohoa_lexicon_propose (&rows, other);
  field_of (other, "OrganName", "UBND xã Khác");
  g_hash_table_unref (rows.data);
}

static void
test_signer (void)
{
  SohoaLexiconRows rows = rows_new ();
  g_autoptr(SohoaRecord) slip = read_paper ("UBND xã Ví Dụ", "Công văn", "Nguyễn Vãn Mẩu", 0.7);
  g_autoptr(SohoaRecord) elsewhere = read_paper ("UBND xã Khác", "Công văn", "Nguyễn Vãn Mẩu", 0.7);
  g_autoptr(SohoaRecord) claimed = read_paper ("UBND xã Ví Dụ", "Công văn", "Nguyễn Văn Mẫu", 0.97);
  const SohoaField *field;

  confirm_as (&rows, "a", "Công văn", "Phòng Kinh tế");
  sohoa_lexicon_propose (&rows, slip);
  field = field_of (slip, "FullName", "Nguyễn Văn Mẫu");
  g_assert_cmpfloat (field->confidence, <, SOHOA_CONFIDENCE_CLAIMED);
  field_of (slip, "Position", "Chủ tịch");
  sohoa_lexicon_propose (&rows, elsewhere);
  field_of (elsewhere, "FullName", "Nguyễn Vãn Mẩu");
  sohoa_lexicon_propose (&rows, claimed);
  g_assert_cmpstr (field_of (claimed, "FullName", "Nguyễn Văn Mẫu")->source, ==, "ocr");
  field_of (claimed, "Position", "Chủ tịch");
  g_hash_table_unref (rows.data);
}

/* Two signers of one body whose names are equally near: nobody is proposed. */
static void
test_two_signers (void)
{
  SohoaLexiconRows rows = rows_new ();
  g_autoptr(SohoaRecord) one = read_paper ("Sở Mẫu", "Công văn", "Nguyễn Văn Hoan", 0.99);
  g_autoptr(SohoaRecord) two = read_paper ("Sở Mẫu", "Công văn", "Nguyễn Văn Hoam", 0.99);
  g_autoptr(SohoaRecord) slip = read_paper ("Sở Mẫu", "Công văn", "Nguyễn Văn Hoai", 0.5);

  g_assert_true (sohoa_lexicon_learn (&rows, one, "a", NULL));
  g_assert_true (sohoa_lexicon_learn (&rows, two, "b", NULL));
  sohoa_lexicon_propose (&rows, slip);
  field_of (slip, "FullName", "Nguyễn Văn Hoai");
  g_hash_table_unref (rows.data);
}

static void
test_unit (void)
{
  SohoaLexiconRows rows = rows_new ();
  g_autoptr(SohoaRecord) once = read_paper ("UBND xã Ví Dụ", "Công văn", "", 0.99);
  g_autoptr(SohoaRecord) twice = read_paper ("UBND xã Ví Dụ", "Công văn", "", 0.99);
  g_autoptr(SohoaRecord) type = read_paper ("UBND xã Ví Dụ", "Giấy mời", "", 0.99);

  confirm_as (&rows, "a", "Công văn", "Phòng Kinh tế");
  confirm_as (&rows, "a", "Công văn", "Phòng Kinh tế"); /* the same document: once */
  sohoa_lexicon_propose (&rows, once);
  g_assert_cmpstr (sohoa_record_value (once, "ToPlaces"), ==, "");
  confirm_as (&rows, "b", "Công văn", "Phòng Kinh tế");
  sohoa_lexicon_propose (&rows, twice);
  g_assert_cmpstr (field_of (twice, "ToPlaces", "Phòng Kinh tế")->rule, ==, "lexicon.unit");
  sohoa_lexicon_propose (&rows, type);
  g_assert_cmpstr (sohoa_record_value (type, "ToPlaces"), ==, "");
  g_hash_table_unref (rows.data);
}

static void
test_forget (void)
{
  SohoaLexiconRows rows = rows_new ();
  g_autoptr(SohoaRecord) record = read_paper ("UBND XA Vl DU", "Công văn", "Nguyễn Văn Mẫu", 0.6);
  g_autoptr(SohoaRecord) letter = read_paper ("Nguyễn Thị Dân", "Đơn khiếu nại", "Nguyễn Thị Dân", 0.99);

  sohoa_record_correct_field (record, "OrganName", "UBND xã Ví Dụ", "uid:1000", 1);
  g_assert_true (sohoa_lexicon_learn (&rows, record, "a", NULL));
  g_assert_true (sohoa_lexicon_learn (&rows, record, "b", NULL));
  g_assert_cmpuint (count_rows (&rows), ==, 2);
  g_assert_true (sohoa_lexicon_forget (&rows, record, "a", NULL));
  g_assert_cmpuint (count_rows (&rows), ==, 2); /* the other one taught it too */
  g_assert_true (sohoa_lexicon_forget (&rows, record, "b", NULL));
  g_assert_cmpuint (count_rows (&rows), ==, 0);
  g_assert_true (sohoa_lexicon_learn (&rows, letter, "c", NULL)); /* a citizen's letter teaches nothing */
  g_assert_cmpuint (count_rows (&rows), ==, 0);
  g_hash_table_unref (rows.data);
}

static void
test_limits (void)
{
  SohoaLexiconRows rows = rows_new ();
  g_autoptr(SohoaRecord) spoilt = read_paper ("Sở Mẫu", "Công văn", "Nguyễn Văn Mẫu", 0.5);
  g_auto(GStrv) parts = NULL;
  const char *text;

  for (guint i = 0; i < 3 * SOHOA_LEXICON_ROW_MAX; i++) {
    g_autofree char *name = g_strdup_printf ("Nguyễn Văn %c%c", 'A' + i / 26, 'a' + i % 26);
    g_autofree char *id = g_strdup_printf ("id%u", i);
    g_autoptr(SohoaRecord) record = read_paper ("Sở Mẫu", "Công văn", name, 0.99);

    g_assert_true (sohoa_lexicon_learn (&rows, record, id, NULL));
  }
  text = g_hash_table_lookup (rows.data, "signer\nso mau");
  g_assert_nonnull (text);
  parts = g_strsplit (text, "('Nguyễn", -1);
  g_assert_cmpuint (g_strv_length (parts), <=, SOHOA_LEXICON_ROW_MAX + 1);
  g_assert_true (set_row (rows.data, "signer\nso mau", "not a row", NULL));
  sohoa_lexicon_propose (&rows, spoilt);
  field_of (spoilt, "FullName", "Nguyễn Văn Mẫu");
  g_hash_table_unref (rows.data);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lexicon/alias", test_alias);
  g_test_add_func ("/lexicon/signer", test_signer);
  g_test_add_func ("/lexicon/two-signers", test_two_signers);
  g_test_add_func ("/lexicon/unit", test_unit);
  g_test_add_func ("/lexicon/forget", test_forget);
  g_test_add_func ("/lexicon/limits", test_limits);
  return g_test_run ();
}
