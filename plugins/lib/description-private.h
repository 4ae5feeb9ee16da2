/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From text to items (description-scan.c), from items to a plan, in which every
 * name and value is known (description-plan.c), from there to a bin
 * (description.c).
 */
#pragma once

#include "description.h"

G_BEGIN_DECLS

#define DESCRIPTION_SIZE (64 * 1024)
#define DESCRIPTION_ELEMENTS 500
#define RESTRICTED_SIZE (16 * 1024)
#define RESTRICTED_ELEMENTS 64

typedef enum
{
  ITEM_NONE,
  ITEM_ELEMENT,                 /* name: the factory */
  ITEM_PROPERTY,                /* name, text: the value before substitution */
  ITEM_LINK,                    /* text: caps (nullable); all: `:` */
  ITEM_REFERENCE,               /* name: an element's; text: pads (nullable) */
  ITEM_PADS,                    /* text */
  ITEM_OPEN,                    /* name: the factory of the bin */
  ITEM_CLOSE,
} ItemKind;

typedef struct
{
  ItemKind kind;
  guint line;
  guint owner;                  /* of a property: the item it belongs to */
  gboolean all;
  gchar *name;
  gchar *text;
} Item;

typedef struct
{
  guint line;
  gchar *message;
} DescriptionProblem;

struct _GstVoiceDescription
{
  gchar *origin;
  gsize size;
  guint elements;
  GArray *items;                /* Item */
  GArray *problems;             /* DescriptionProblem, found by the scanner */
};

/* What an element or bin of the text is going to be. */
typedef struct
{
  gchar *name;                  /* NULL: left to GStreamer */
  GObjectClass *klass;          /* NULL if there is no such element */
} Owner;

typedef struct
{
  const GstVoiceDescription *description;
  GstVoiceDescriptionFlags flags;
  const gchar *const *allowed;
  GstVoiceDescriptionLookup lookup;
  gpointer user_data;
  guint depth;                  /* of descriptions inside of properties */
  GArray *problems;             /* DescriptionProblem */
  GHashTable *names;            /* name → index of the item + 1 */
  Owner *owners;                /* one for each item */
  gchar **values;               /* likewise: of properties, for gst-parse */
} Plan;

/* A `${name}` or `${name:-default}`. */
typedef struct
{
  const gchar *name, *name_end;
  const gchar *fallback, *fallback_end; /* NULL: none */
  const gchar *end;             /* behind the brace */
} Placeholder;

GArray *description_problems_new (void);
void description_scan (GstVoiceDescription * description, const gchar * text);
const gchar *description_placeholder (const gchar * text, Placeholder * place);

Plan *description_plan_new (const GstVoiceDescription * description,
    GstVoiceDescriptionFlags flags, const gchar * const *allowed,
    GstVoiceDescriptionLookup lookup, gpointer user_data, guint depth);
gchar *description_plan_text (const Plan * plan);
void description_plan_free (Plan * plan);

void description_problem (GArray * problems, guint line,
    const gchar * format, ...) G_GNUC_PRINTF (3, 4);

G_END_DECLS
