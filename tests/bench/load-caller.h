/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "load-voice.h"

typedef enum
{
  LOAD_SILENT,
  LOAD_TALKS,                   /* asks and interrupts */
  LOAD_BURSTS,                  /* of a tone, which is to come back */
  LOAD_TONE,                    /* that does not end */
  LOAD_PAUSES,                  /* asks, every second time with a pause in it */
} LoadTalk;

/* One caller of the load generator, in a room of its own. */
typedef struct _LoadCaller LoadCaller;

/* What all have in common. */
typedef struct
{
  const gchar *url, *key, *secret;
  LoadVoice *question, *interruption;
  LoadVoice *paused;
  LoadVoice *burst, *tone;
  gboolean check;               /* decode everything, too */
  gboolean decode;              /* and believe nothing else */
} LoadSettings;

LoadCaller *load_caller_new (const LoadSettings * settings, const gchar * room,
    guint seed);
void load_caller_free (LoadCaller * self);
void load_caller_frame (LoadCaller * self, gint64 now);
void load_caller_set_talk (LoadCaller * self, LoadTalk talk);
void load_caller_simulate (LoadCaller * self, const gchar * scenario);
gboolean load_caller_is_joined (LoadCaller * self);
gboolean load_caller_is_greeted (LoadCaller * self);
gboolean load_caller_has_left (LoadCaller * self);
void load_caller_leave (LoadCaller * self);
void load_caller_forget (LoadCaller * self);
void load_caller_report (LoadCaller * self, GString * json);
