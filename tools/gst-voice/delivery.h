/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/persona.h>

/* What is done when a call is over: how it is judged, and where its
 * conversation goes. It is known when the call begins and lies beside the
 * journal, so that a crash changes nothing. */
typedef struct
{
  gchar *webhook;               /* or NULL: it stays in the database */
  gchar *secret;                /* `env:NAME` or `file:PATH`, or NULL */
  gchar *rules;                 /* evaluation_by_rules(), or NULL */
} Delivery;

void delivery_clear (Delivery * delivery);
gboolean delivery_set (Delivery * delivery, const gchar * webhook,
    const gchar * secret, GError ** error);
void delivery_take_persona (Delivery * delivery, GstVoicePersona * persona);
gchar *delivery_to_json (const Delivery * delivery);
gboolean delivery_parse (Delivery * delivery, const gchar * text,
    gssize length, GError ** error);
