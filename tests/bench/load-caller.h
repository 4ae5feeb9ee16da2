/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "load-voice.h"

/* One caller of the load generator, in a room of its own. */
typedef struct _LoadCaller LoadCaller;

/* What all have in common. */
typedef struct
{
  const gchar *url, *key, *secret;
  LoadVoice *question, *interruption;
  gboolean check;               /* decode everything, too */
} LoadSettings;

LoadCaller *load_caller_new (const LoadSettings * settings, const gchar * room,
    guint seed);
void load_caller_free (LoadCaller * self);
void load_caller_frame (LoadCaller * self, gint64 now);
void load_caller_set_talking (LoadCaller * self, gboolean talking);
void load_caller_simulate (LoadCaller * self, const gchar * scenario);
gboolean load_caller_is_joined (LoadCaller * self);
gboolean load_caller_is_greeted (LoadCaller * self);
gboolean load_caller_has_left (LoadCaller * self);
void load_caller_leave (LoadCaller * self);
void load_caller_forget (LoadCaller * self);
void load_caller_report (LoadCaller * self, GString * json);
