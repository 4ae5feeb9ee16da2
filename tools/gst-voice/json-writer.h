/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Writes JSON for people and programs: what is less than `open` deep has a line
 * for each member, what is deeper stands in one line. */
typedef struct
{
  GString *out;
  guint open;
  guint depth;
  gboolean first;               /* nothing stands in this object or array */
} JsonWriter;

void json_writer_begin (JsonWriter * json, const gchar * name, gchar bracket);
void json_writer_end (JsonWriter * json, gchar bracket);
void json_writer_string (JsonWriter * json, const gchar * name,
    const gchar * value);
void json_writer_uint (JsonWriter * json, const gchar * name, guint64 value);
void json_writer_boolean (JsonWriter * json, const gchar * name,
    gboolean value);
void json_writer_number (JsonWriter * json, const gchar * name, gdouble value);
void json_writer_time (JsonWriter * json, const gchar * name, gint64 time);
void json_writer_wall (JsonWriter * json, const gchar * name, gint64 wall);
void json_writer_json (JsonWriter * json, const gchar * name,
    const gchar * value);

gchar *json_format_wall (gint64 wall);
