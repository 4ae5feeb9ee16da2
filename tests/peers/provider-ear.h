/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "provider-mind.h"

/* Finds speech in sound by its energy, and hears a script in it. Times are in
 * milliseconds of the sound. The words are spread evenly over the speech; one
 * more of them is known with each 200 ms. */

typedef struct _ProviderEar ProviderEar;

typedef enum
{
  EAR_STARTED,
  EAR_MORE,                     /* one more word is known */
  EAR_ENDED,                    /* all words are */
} ProviderEarEvent;

typedef struct
{
  const gchar *text;            /* all of it; the mind's */
  GPtrArray *words;             /* those that are known */
  guint start, end;             /* of the speech until now */
} ProviderHearing;

typedef void (*ProviderEarFunc) (gpointer data, ProviderEarEvent event,
    const ProviderHearing * hearing);

typedef enum
{
  SOUND_S16,
  SOUND_MULAW,
} ProviderSound;

ProviderEar *provider_ear_new (ProviderMind * mind, ProviderSound sound,
    guint rate, guint silence_ms, ProviderEarFunc func, gpointer data);
void provider_ear_free (ProviderEar * ear);
void provider_ear_take (ProviderEar * ear, const guint8 * data, gsize size);
/* Ends the speech that is going on. Returns: whether there was any */
gboolean provider_ear_flush (ProviderEar * ear);
void provider_ear_forget (ProviderEar * ear);
guint provider_ear_ms (ProviderEar * ear);
guint provider_hearing_start (const ProviderHearing * hearing, guint word);
gchar *provider_hearing_text (const ProviderHearing * hearing);
