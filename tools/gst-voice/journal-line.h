/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* Times are microseconds, as exact as the journal has them. */
#define JOURNAL_NO_TIME (-1)

/* One line of a journal that could be read. Its getters take what is missing
 * or of another type for empty, 0, FALSE, or no time. */
typedef struct
{
  JsonNode *root;
  JsonObject *object;           /* of `root` */
  const gchar *type;            /* in `root` */
  guint n;                      /* number of the line as written, or 0 */
  gint64 at;                    /* running time */
  gint64 wall;                  /* since 1970 */
} JournalLine;

gboolean journal_line_parse (JournalLine * line, const gchar * text,
    gsize length);
void journal_line_clear (JournalLine * line);
gboolean journal_line_has (const JournalLine * line, const gchar * field);
const gchar *journal_line_string (const JournalLine * line,
    const gchar * field);
guint journal_line_uint (const JournalLine * line, const gchar * field);
gboolean journal_line_boolean (const JournalLine * line, const gchar * field);
gdouble journal_line_double (const JournalLine * line, const gchar * field);
gint64 journal_line_time (const JournalLine * line, const gchar * field);
gchar *journal_line_json (const JournalLine * line, const gchar * field);

gchar *journal_load (const gchar * path, gsize * size, GError ** error);
const gchar *journal_next_line (const gchar ** text, const gchar * end,
    gsize * length);
