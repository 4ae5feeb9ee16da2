/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "playout-core.h"

#include <gst-voice/meta.h>

void playout_sentence_add (PlayoutCore * core, guint rate, guint speech,
    const gint16 * samples, gsize n, const GstVoiceMeta * meta);
