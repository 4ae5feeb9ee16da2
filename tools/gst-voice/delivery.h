/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/persona.h>

/* Where the conversation of a call goes when it is over. It is known when the
 * call begins and lies beside the journal, so that a crash changes nothing. */
typedef struct
{
  gchar *webhook;               /* or NULL: it stays in the database */
  gchar *secret;                /* `env:NAME` or `file:PATH`, or NULL */
} Delivery;

#define DELIVERY_MAX_BYTES (16 * 1024)

void delivery_clear (Delivery * delivery);
gboolean delivery_set (Delivery * delivery, const gchar * webhook,
    const gchar * secret, GError ** error);
void delivery_take_persona (Delivery * delivery, GstVoicePersona * persona);
gchar *delivery_to_json (const Delivery * delivery);
gboolean delivery_parse (Delivery * delivery, const gchar * text,
    gssize length, GError ** error);
