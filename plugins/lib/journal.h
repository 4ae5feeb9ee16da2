/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS

/**
 * GstVoiceJournal:
 *
 * The append-only list of all that happened in a call, one JSON object a line.
 * A line is in the kernel's hands when gst_voice_journal_append() returns, so
 * that a crash of the process loses none; it is on the disk within a second,
 * or at once if it is durable.
 */
typedef struct _GstVoiceJournal GstVoiceJournal;

GST_VOICE_API GstVoiceJournal *gst_voice_journal_new (const gchar * path,
    GError ** error);
GST_VOICE_API void gst_voice_journal_free (GstVoiceJournal * journal);
GST_VOICE_API gboolean gst_voice_journal_append (GstVoiceJournal * journal,
    const gchar * line, GError ** error);
GST_VOICE_API gboolean gst_voice_journal_sync (GstVoiceJournal * journal,
    GError ** error);
GST_VOICE_API gchar *gst_voice_journal_line (const GstStructure * structure,
    guint n, GstClockTime at, gint64 wall);

G_END_DECLS
