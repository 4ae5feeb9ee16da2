/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst-voice/clock.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS

/**
 * GstVoiceCarrier:
 * @GST_VOICE_OOB: a downstream event that overtakes queued data
 * @GST_VOICE_ORDERED: a downstream event in the order of the data
 * @GST_VOICE_UPSTREAM: an upstream event
 * @GST_VOICE_QUERY: a query
 * @GST_VOICE_MESSAGE: an element message on the bus
 * @GST_VOICE_JOURNAL: a line of the journal
 *
 * What may carry a structure of the table in events.c.
 */
typedef enum
{
  GST_VOICE_OOB = 1 << 0,
  GST_VOICE_ORDERED = 1 << 1,
  GST_VOICE_UPSTREAM = 1 << 2,
  GST_VOICE_QUERY = 1 << 3,
  GST_VOICE_MESSAGE = 1 << 4,
  GST_VOICE_JOURNAL = 1 << 5,
} GstVoiceCarrier;

/**
 * GstVoiceFieldType:
 * @GST_VOICE_STRING: a string, %G_TYPE_STRING
 * @GST_VOICE_UINT: %G_TYPE_UINT
 * @GST_VOICE_BOOLEAN: %G_TYPE_BOOLEAN
 * @GST_VOICE_DOUBLE: %G_TYPE_DOUBLE
 * @GST_VOICE_TIME: %GST_TYPE_CLOCK_TIME in nanoseconds; seconds in JSON
 * @GST_VOICE_JSON: JSON text, %G_TYPE_STRING; the value itself in JSON
 */
typedef enum
{
  GST_VOICE_STRING,
  GST_VOICE_UINT,
  GST_VOICE_BOOLEAN,
  GST_VOICE_DOUBLE,
  GST_VOICE_TIME,
  GST_VOICE_JSON,
} GstVoiceFieldType;

typedef struct
{
  const gchar *name;
  GstVoiceFieldType type;
  const gchar *doc;             /* what it is, with its unit or its values */
} GstVoiceFieldInfo;

typedef struct
{
  const gchar *name;            /* without "voice/" */
  GstVoiceCarrier carriers;
  const gchar *from;            /* the elements that send it */
  const gchar *doc;
  const GstVoiceFieldInfo *fields;      /* ended by a name of NULL */
} GstVoiceEventInfo;

GST_VOICE_API const GstVoiceEventInfo *gst_voice_event_table (guint * n);
GST_VOICE_API const GstVoiceEventInfo *gst_voice_event_info (const gchar *
    name);
GST_VOICE_API const GstVoiceFieldInfo *gst_voice_event_field (const
    GstVoiceEventInfo * info, const gchar * field);

GST_VOICE_API GstStructure *gst_voice_structure_new (const gchar * name,
    ...) G_GNUC_NULL_TERMINATED;
GST_VOICE_API GstEvent *gst_voice_event_new (GstVoiceCarrier carrier,
    GstVoiceToken * token, GstStructure * structure);
GST_VOICE_API const GstStructure *gst_voice_event_parse (GstEvent * event);
GST_VOICE_API gboolean gst_voice_event_is (GstEvent * event,
    const gchar * name);
GST_VOICE_API GstVoiceToken *gst_voice_event_token (GstEvent * event);
GST_VOICE_API GstEvent *gst_voice_event_alight (GstEvent * event);

GST_VOICE_API GstQuery *gst_voice_query_new (const gchar * name);
GST_VOICE_API gboolean gst_voice_query_is (GstQuery * query,
    const gchar * name);

GST_VOICE_API guint gst_voice_structure_uint (const GstStructure * structure,
    const gchar * field);
GST_VOICE_API gboolean gst_voice_structure_boolean (const GstStructure *
    structure, const gchar * field);
GST_VOICE_API gdouble gst_voice_structure_double (const GstStructure *
    structure, const gchar * field);
GST_VOICE_API GstClockTime gst_voice_structure_time (const GstStructure *
    structure, const gchar * field);
GST_VOICE_API const gchar *gst_voice_structure_string (const GstStructure *
    structure, const gchar * field);

G_END_DECLS
