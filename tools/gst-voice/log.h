/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What a program that runs for long says on standard error: lines for people,
 * or JSON objects for programs. No secret and nothing a caller said belongs in
 * them. */

typedef enum
{
  LOG_LEVEL_DEBUG,
  LOG_LEVEL_INFO,
  LOG_LEVEL_WARNING,
  LOG_LEVEL_ERROR,
} LogLevel;

typedef enum
{
  LOG_TEXT,
  LOG_JSON,
} LogFormat;

gboolean log_parse_format (const gchar * name, LogFormat * format);
gboolean log_parse_level (const gchar * name, LogLevel * level);
void log_begin (LogFormat format, LogLevel least);

/* @...: names and values by turns, %NULL at the end; a value may not be
 * %NULL. */
void log_event (LogLevel level, const gchar * call, const gchar * message,
    ...) G_GNUC_NULL_TERMINATED;

gchar *log_format_line (LogFormat format, gint64 wall, LogLevel level,
    const gchar * call, const gchar * message, const gchar * const *fields);
