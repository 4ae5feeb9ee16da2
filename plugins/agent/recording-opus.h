/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

typedef struct _RecordingOpus RecordingOpus;

RecordingOpus *recording_opus_new (guint rate, guint bitrate, GError ** error);
void recording_opus_free (RecordingOpus * self);
gboolean recording_opus_encode (RecordingOpus * self, const gint16 * frames,
    gsize n, GError ** error);
void recording_opus_flush (RecordingOpus * self);
gboolean recording_opus_finish (RecordingOpus * self, GError ** error);
GByteArray *recording_opus_get_pages (RecordingOpus * self);
