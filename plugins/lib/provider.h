/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/http.h>
#include <gst-voice/json.h>
#include <gst-voice/link.h>

G_BEGIN_DECLS

/**
 * GstVoiceOption:
 * @name: of the property
 * @nick: likewise
 * @blurb: likewise
 * @type: %G_TYPE_STRING, %G_TYPE_BOOLEAN, %G_TYPE_INT, %G_TYPE_UINT,
 *   %G_TYPE_INT64, %G_TYPE_DOUBLE or %G_TYPE_ENUM
 * @offset: where its value stands in the element's struct of options: a
 *   #gchar pointer, #gboolean, … or #gint for an enum
 * @least: of a number
 * @most: likewise; 0 of %G_TYPE_INT64: none
 * @usual: its default, unless it is a text
 * @object: 0, or where the #JsonNode of the object goes that a text must be if
 *   it is not empty
 * @type_name: of an enum
 * @values: of an enum
 *
 * A property that only one service has. Its id is its place, from 1.
 */
typedef struct
{
  const gchar *name, *nick, *blurb;
  GType type;
  gsize offset;
  gdouble least, most, usual;
  gsize object;
  const gchar *type_name;
  const GEnumValue *values;
} GstVoiceOption;

/**
 * GstVoiceProviderInfo:
 * @name: what the service is called, such as `deepgram`: for the health of it,
 *   together with the kind of the element
 * @url: its address
 * @key_variable: (nullable): the environment variable that has the key if
 *   `api-key` is not set; a service at @url needs one
 * @model: (nullable): by default; %NULL if the element has no such property
 * @voice: (nullable): likewise
 * @language: (nullable): likewise
 * @deadlines: by default; without @total the element has no such property
 * @headers: (nullable): of each request, names and values in turn, %NULL at the
 *   end; in a value `${key}` is the key, and without a key it is left out
 * @probe: (nullable): what a GET behind @url asks for that costs nothing and is
 *   refused without a right key, such as `/models`
 * @probe_not_at: (nullable): the end of the hosts that have no such path
 * @options: (nullable): the properties that the element has of its own
 * @n_options: how many
 * @options_size: of the struct that holds their values
 *
 * What an element says of its service; static.
 */
typedef struct
{
  const gchar *name;
  const gchar *url;
  const gchar *key_variable;
  const gchar *model;
  const gchar *voice;
  const gchar *language;
  GstVoiceLinkDeadlines deadlines;
  const gchar *const *headers;
  const gchar *probe;
  const gchar *probe_not_at;
  const GstVoiceOption *options;
  guint n_options;
  gsize options_size;
} GstVoiceProviderInfo;

/**
 * GstVoiceProvider:
 *
 * What all elements have in common that talk to a service: address, key and
 * deadlines as properties, links that have them, and how the service does. To
 * be embedded in a stage.
 */
typedef struct _GstVoiceProvider GstVoiceProvider;

GST_VOICE_API GstVoiceProvider *gst_voice_provider_new (GstElement * element,
    const GstVoiceProviderInfo * info);
GST_VOICE_API void gst_voice_provider_free (GstVoiceProvider * provider);
GST_VOICE_API void gst_voice_provider_install (GObjectClass * klass,
    const GstVoiceProviderInfo * info);

GST_VOICE_API gboolean gst_voice_provider_start (GstVoiceProvider * provider,
    GError ** error);
GST_VOICE_API void gst_voice_provider_stop (GstVoiceProvider * provider);

/* For who asks the services of a description whether they would answer. */
GST_VOICE_API GstVoiceProvider *gst_voice_provider_of (GstElement * element);
GST_VOICE_API const gchar *gst_voice_provider_name (GstVoiceProvider *
    provider);
GST_VOICE_API GstVoiceHttpRequest *gst_voice_provider_probe (GstVoiceProvider *
    provider, guint total_ms, gboolean * connect_only);

/* In the task, between start and stop: what holds for this call. */
GST_VOICE_API const gchar *gst_voice_provider_url (GstVoiceProvider *
    provider);
GST_VOICE_API const gchar *gst_voice_provider_service (GstVoiceProvider *
    provider);
GST_VOICE_API const gchar *gst_voice_provider_key (GstVoiceProvider *
    provider);
GST_VOICE_API const gchar *gst_voice_provider_model (GstVoiceProvider *
    provider);
GST_VOICE_API const gchar *gst_voice_provider_voice (GstVoiceProvider *
    provider);
GST_VOICE_API const gchar *gst_voice_provider_language (GstVoiceProvider *
    provider);
GST_VOICE_API gconstpointer gst_voice_provider_options (GstVoiceProvider *
    provider);
GST_VOICE_API GstVoiceLink *gst_voice_provider_http (GstVoiceProvider *
    provider, const gchar * method, const gchar * path);
GST_VOICE_API GstVoiceLink *gst_voice_provider_socket (GstVoiceProvider *
    provider, const gchar * path);

/* In start(). */
GST_VOICE_API void gst_voice_provider_set_headers (GstVoiceProvider *
    provider, const gchar * const *headers);
GST_VOICE_API gboolean gst_voice_provider_reject (GstVoiceProvider * provider,
    const gchar * property, const gchar * what, GError ** error);

GST_VOICE_API void gst_voice_provider_failed (GstVoiceProvider * provider,
    const GError * error);
GST_VOICE_API void gst_voice_provider_refused (GstVoiceProvider * provider,
    const GError * error, gint64 retry_after);
GST_VOICE_API void gst_voice_provider_answered (GstVoiceProvider * provider,
    GstClockTime first_byte);

G_END_DECLS
