/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* The properties of deepgramstt, but for those that every provider has. */
typedef struct
{
  gchar *redact, *tag, *extra;
  gint endpointing;             /* ms, -1: off */
  guint utterance_end;          /* ms, 0: off */
  gboolean smart_format, numerals, profanity_filter, mip_opt_out, finalize;
} DeepgramOptions;

/* The first property id that is free. */
#define DEEPGRAM_N_OPTIONS 11

void deepgram_options_init (DeepgramOptions * options);
void deepgram_options_clear (DeepgramOptions * options);
void deepgram_options_copy (DeepgramOptions * to,
    const DeepgramOptions * from);

/* FALSE if there is no such property. */
gboolean deepgram_options_set (DeepgramOptions * options, guint id,
    const GValue * value);
gboolean deepgram_options_get (DeepgramOptions * options, guint id,
    GValue * value);
void deepgram_options_install (GObjectClass * klass);
