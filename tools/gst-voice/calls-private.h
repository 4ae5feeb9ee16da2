/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "record-text.h"
#include "store.h"

/* How `gst-voice calls VERB` is used. */
typedef struct
{
  const gchar *name;            /* `gst-voice calls list` */
  const gchar *arguments;       /* what stands behind the options, or NULL */
  const gchar *summary;
  const gchar *examples;
} CallsUsage;

gboolean calls_parse (const CallsUsage * usage, const GOptionEntry * options,
    int *argc, char ***argv);
Store *calls_open (const gchar * db, StoreFlags flags, GError ** error);
int calls_fail (GError * error);
int calls_misused (const CallsUsage * usage, const gchar * format, ...)
    G_GNUC_PRINTF (2, 3);
int calls_print (const gchar * text, gsize size);
const TextStyle *calls_style (void);
void calls_append_header (GString * out, const Record * record,
    const TextStyle * style);
void calls_append_faults (GString * out, const Record * record,
    const TextStyle * style);
void calls_append_statistics (GString * out, const Record * r,
    const TextStyle * style);
gchar *calls_local_time (gint64 wall, const gchar * format);

int calls_list (int argc, char **argv);
int calls_show (int argc, char **argv);
int calls_export (int argc, char **argv);
int calls_delete (int argc, char **argv);
