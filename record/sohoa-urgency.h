/* How urgent a mark says the paper is (NĐ30 Annex I, ô 10b; codes of edXML Priority). */
#pragma once

#include "sohoa-mark.h"

G_BEGIN_DECLS

/* 0 = none, 1 KHẨN, 2 THƯỢNG KHẨN, 3 HỎA TỐC, 4 HỎA TỐC HẸN GIỜ. @text stands alone; lost and wrong marks and frame
 * debris are forgiven, small letters are not a mark. */
guint sohoa_urgency_of_text (const char *text);

/* The most urgent of the framed or red marks of a first page's upper half. */
guint sohoa_urgency_of_marks (const SohoaMarks *marks);

G_END_DECLS
