/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <zygote.h>

/* A zygote without processes: what it is told is written down, and what calls
 * do is said by the test. */
typedef struct
{
  gchar *call_id, *journal_dir, *url, *token, *room, *job_id, *metadata,
      *persona, *participant, *health, *offer;
} ZygoteDoubleOrder;

extern GPtrArray *zygote_double_orders; /* ZygoteDoubleOrder */
extern GString *zygote_double_told;
extern gboolean zygote_double_fails;    /* the next call */

void zygote_double_begin (void);
void zygote_double_end (void);
void zygote_double_started (Zygote * zygote, const gchar * call_id);
void zygote_double_report (Zygote * zygote, const gchar * call_id,
    const gchar * json);
void zygote_double_ended (Zygote * zygote, const gchar * call_id,
    const gchar * killed, gboolean clean);
void zygote_double_left (Zygote * zygote, const gchar * call_id, gint status);
void zygote_double_died (Zygote * zygote, const GError * error);
void zygote_double_back (Zygote * zygote);
