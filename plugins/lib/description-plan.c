/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Compares the items of a description with the registry and with the values
 * that it asks for: which element each is, how it is called, what its
 * properties are set to. All that is wrong is written down, with its line.
 *
 * Values are put into properties only, and what they contain is never read as
 * text of the description. A value that stands in the middle of something with
 * a syntax of its own (caps, a structure) must be a plain word.
 *
 * Threads: any; a plan belongs to one call. Locks: none.
 */
#include "description-private.h"
#include "json.h"

#include <string.h>

#define VALUE_LENGTH (256 * 1024)
#define QUOTE_LENGTH 60
/* Of descriptions inside of properties. */
#define DEPTH_LIMIT 4

#define complain(plan, item, ...) \
  description_problem ((plan)->problems, (item)->line, __VA_ARGS__)

/* For messages: " did you mean …?" or nothing. */
static gchar *
suggest (const gchar * word, GPtrArray * candidates)
{
  const gchar *meant;

  g_ptr_array_add (candidates, NULL);
  meant = gst_voice_json_closest (word,
      (const gchar * const *) candidates->pdata);
  return meant ? g_strdup_printf ("; did you mean \"%s\"?", meant) :
      g_strdup ("");
}

static void
complain_of_element (Plan * plan, const Item * item)
{
  GList *features = gst_registry_get_feature_list (gst_registry_get (),
      GST_TYPE_ELEMENT_FACTORY);
  GPtrArray *names = g_ptr_array_new ();
  gchar *meant;

  for (GList * l = features; l; l = l->next)
    g_ptr_array_add (names, (gpointer) gst_plugin_feature_get_name (l->data));
  meant = suggest (item->name, names);
  complain (plan, item, "no element \"%s\"%s", item->name, *meant ? meant :
      "; is its plugin installed and in GST_PLUGIN_PATH?");
  g_free (meant);
  g_ptr_array_unref (names);
  gst_plugin_feature_list_free (features);
}

static gboolean
is_allowed (Plan * plan, const Item * item)
{
  GPtrArray *names;
  gchar *meant;

  if (!(plan->flags & GST_VOICE_DESCRIPTION_RESTRICTED)
      || (item->kind == ITEM_OPEN && strcmp (item->name, "bin") == 0)
      || (plan->allowed && g_strv_contains (plan->allowed, item->name)))
    return TRUE;
  names = g_ptr_array_new ();
  for (guint i = 0; plan->allowed && plan->allowed[i]; i++)
    g_ptr_array_add (names, (gpointer) plan->allowed[i]);
  meant = suggest (item->name, names);
  complain (plan, item, "the element \"%s\" is not allowed in this "
      "description%s", item->name, meant);
  g_free (meant);
  g_ptr_array_unref (names);
  return FALSE;
}

static void
plan_element (Plan * plan, const Item * item, Owner * owner)
{
  GstElementFactory *factory;
  GstPluginFeature *loaded;

  if (!is_allowed (plan, item))
    return;
  factory = gst_element_factory_find (item->name);
  loaded = factory ? gst_plugin_feature_load (GST_PLUGIN_FEATURE (factory)) :
      NULL;
  if (loaded)
    owner->klass = g_type_class_ref (gst_element_factory_get_element_type
        (GST_ELEMENT_FACTORY (loaded)));
  else if (factory)
    complain (plan, item, "the plugin of \"%s\" cannot be loaded", item->name);
  else
    complain_of_element (plan, item);
  if (owner->klass && item->kind == ITEM_OPEN && !GST_IS_BIN_CLASS
      (owner->klass))
    complain (plan, item, "\"%s\" is no bin, nothing can be put into it",
        item->name);
  g_clear_object (&loaded);
  g_clear_object (&factory);
}

static gboolean
is_name (const gchar * text)
{
  return *text && !text[strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
          "abcdefghijklmnopqrstuvwxyz0123456789_-")];
}

/* `name=`. gst-parse would only warn of a name that stands twice. */
static void
plan_name (Plan * plan, const Item * item, guint owner)
{
  const Item *items = (const Item *) plan->description->items->data;
  guint other;

  if (!is_name (item->text)) {
    complain (plan, item, "\"%s\" is no name for an element; it has letters, "
        "digits, \"-\" and \"_\", and is written out (no ${…})", item->text);
    return;
  }
  if (plan->owners[owner].name) {
    complain (plan, item, "\"%s\" has two names", items[owner].name);
    return;
  }
  other = GPOINTER_TO_UINT (g_hash_table_lookup (plan->names, item->text));
  if (other) {
    complain (plan, item, "the name \"%s\" is taken by \"%s\" in line %u; "
        "names must differ", item->text, items[other - 1].name,
        items[other - 1].line);
    return;
  }
  plan->owners[owner].name = g_strdup (item->text);
  g_hash_table_insert (plan->names, plan->owners[owner].name,
      GUINT_TO_POINTER (owner + 1));
}

/* `vad0`, counted in this description and not in the process, so that every
 * call's log names it alike. The caps filters that gst-parse makes for links
 * are counted in the process, and explicit ones with them. */
static void
give_name (Plan * plan, guint index)
{
  const Item *item = &g_array_index (plan->description->items, Item, index);
  gchar *name = NULL;

  if (strcmp (item->name, "capsfilter") == 0)
    return;
  for (guint n = 0; !name; n++) {
    name = g_strdup_printf ("%s%u", item->name, n);
    if (g_hash_table_contains (plan->names, name))
      g_clear_pointer (&name, g_free);
  }
  plan->owners[index].name = name;
  g_hash_table_insert (plan->names, name, GUINT_TO_POINTER (index + 1));
}

static gboolean
is_plain_word (const gchar * text)
{
  return !text[strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
          "abcdefghijklmnopqrstuvwxyz0123456789_.+:/-")];
}

/* NAME_OF_IT, as environment variables are called by custom. */
static gboolean
is_upper_case (const gchar * name)
{
  return !name[strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")];
}

static gboolean
looks_secret (const gchar * name)
{
  static const gchar *const words[] = { "KEY", "APIKEY", "SECRET", "TOKEN",
    "PASSWORD", "PASSWD", "CREDENTIAL", "CREDENTIALS", NULL
  };
  gchar **parts = g_strsplit (name, "_", -1);
  gboolean found = FALSE;

  for (guint i = 0; parts[i] && !found; i++)
    found = g_strv_contains (words, parts[i]);
  g_strfreev (parts);
  return found;
}

/* Returns: (transfer full) (nullable) */
static gchar *
from_environment (Plan * plan, const Item * item, const gchar * name)
{
  const gchar *value = g_getenv (name);

  if (plan->flags & GST_VOICE_DESCRIPTION_RESTRICTED) {
    complain (plan, item, "this description may not read the environment "
        "(\"%s\")", name);
    return g_strdup ("");
  }
  if (value && looks_secret (name)) {
    complain (plan, item, "\"%s\" looks like a secret; write env:%s without "
        "${ }, so that the element reads it and no log shows it", name, name);
    return g_strdup ("");
  }
  return g_strdup (value);
}

/* Returns: (transfer full): the value; an empty one if there is a problem. */
static gchar *
value_of (Plan * plan, const Item * item, const Placeholder * place,
    gboolean * looked_up)
{
  g_autofree gchar *name = g_strndup (place->name,
      place->name_end - place->name);
  gboolean only_environment = g_str_has_prefix (name, "env:");
  gchar *value = NULL;

  if (!only_environment && plan->lookup)
    value = plan->lookup (name, plan->user_data);
  *looked_up = value != NULL;
  if (!value && only_environment)
    value = from_environment (plan, item, name + 4);
  else if (!value && is_upper_case (name)
      && !(plan->flags & GST_VOICE_DESCRIPTION_RESTRICTED))
    value = from_environment (plan, item, name);
  if (!value && place->fallback)
    value = g_strndup (place->fallback, place->fallback_end - place->fallback);
  if (!value) {
    complain (plan, item, "no value for \"%s\"; %s, or write a default as in "
        "${%s:-x}", name, only_environment ? "set it in the environment" :
        "set it in the persona or in the call's variables", name);
    return g_strdup ("");
  }
  if (!g_utf8_validate (value, -1, NULL)) {
    complain (plan, item, "the value of \"%s\" is not UTF-8", name);
    g_free (value);
    return g_strdup ("");
  }
  return value;
}

typedef struct
{
  gchar *text;
  gboolean substituted;         /* something came from outside */
  gboolean looked_up;           /* it is one value of the lookup, as a whole */
} Value;

static void
append_placeholder (Plan * plan, const Item * item, const Placeholder * place,
    gboolean words_only, GString * out, gboolean * looked_up)
{
  gchar *value = value_of (plan, item, place, looked_up);

  if (words_only && !is_plain_word (value))
    complain (plan, item, "the value of \"%.*s\" stands inside of a larger "
        "one and may have letters, digits and _.+:/- only; it is \"%.40s\"",
        (gint) (place->name_end - place->name), place->name, value);
  else
    g_string_append (out, value);
  g_free (value);
}

/* @is_string: the property takes any text, so nothing has to be kept apart. */
static Value
substitute (Plan * plan, const Item * item, gboolean is_string)
{
  GString *out = g_string_new (NULL);
  Value result = { NULL, FALSE, FALSE };

  for (const gchar * p = item->text; *p && out->len <= VALUE_LENGTH;) {
    Placeholder place;

    if (g_str_has_prefix (p, "$${")) {
      g_string_append (out, "${");
      p += 3;
    } else if (g_str_has_prefix (p, "${")
        && !description_placeholder (p, &place)) {
      gboolean whole = p == item->text && !*place.end;

      append_placeholder (plan, item, &place, !whole && !is_string, out,
          &result.looked_up);
      result.looked_up = result.looked_up && whole;
      result.substituted = TRUE;
      p = place.end;
    } else {
      g_string_append_c (out, *p++);
    }
  }
  if (out->len > VALUE_LENGTH)
    complain (plan, item, "the value of \"%s\" is longer than %d bytes",
        item->name, VALUE_LENGTH);
  result.text = g_string_free (out, FALSE);
  return result;
}

/* `env:NAME` or `file:PATH`, which our elements resolve. */
static gboolean
has_secret (const gchar * text)
{
  static const gchar *const marks[] = { "env:", "file:" };

  for (guint i = 0; i < G_N_ELEMENTS (marks); i++) {
    for (const gchar * p = strstr (text, marks[i]); p;
        p = strstr (p + 1, marks[i])) {
      if (p == text || !g_ascii_isalnum (p[-1]))
        return TRUE;
    }
  }
  return FALSE;
}

static gchar *
enum_nicks (GEnumClass * klass)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < klass->n_values && list->len < 200; i++)
    g_string_append_printf (list, "%s%s", i ? ", " : "",
        klass->values[i].value_nick);
  return g_string_free (list, FALSE);
}

static gchar *
flags_nicks (GFlagsClass * klass)
{
  GString *list = g_string_new ("some of these, joined by \"+\": ");

  for (guint i = 0; i < klass->n_values && list->len < 200; i++)
    g_string_append_printf (list, "%s%s", i ? ", " : "",
        klass->values[i].value_nick);
  return g_string_free (list, FALSE);
}

#define RANGE(pspec, type, format) \
  g_strdup_printf ("a number from %" format " to %" format, \
      ((type *) (pspec))->minimum, ((type *) (pspec))->maximum)

/* What a property takes, for messages. */
static gchar *
wanted (GParamSpec * pspec)
{
  GType type = pspec->value_type;

  if (G_IS_PARAM_SPEC_INT (pspec))
    return RANGE (pspec, GParamSpecInt, "d");
  if (G_IS_PARAM_SPEC_UINT (pspec))
    return RANGE (pspec, GParamSpecUInt, "u");
  if (G_IS_PARAM_SPEC_INT64 (pspec))
    return RANGE (pspec, GParamSpecInt64, G_GINT64_FORMAT);
  if (G_IS_PARAM_SPEC_UINT64 (pspec))
    return RANGE (pspec, GParamSpecUInt64, G_GUINT64_FORMAT);
  if (G_IS_PARAM_SPEC_FLOAT (pspec))
    return RANGE (pspec, GParamSpecFloat, "g");
  if (G_IS_PARAM_SPEC_DOUBLE (pspec))
    return RANGE (pspec, GParamSpecDouble, "g");
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    return g_strdup ("true or false");
  if (G_IS_PARAM_SPEC_ENUM (pspec))
    return enum_nicks (G_PARAM_SPEC_ENUM (pspec)->enum_class);
  if (G_IS_PARAM_SPEC_FLAGS (pspec))
    return flags_nicks (G_PARAM_SPEC_FLAGS (pspec)->flags_class);
  if (type == GST_TYPE_CAPS)
    return g_strdup ("caps such as audio/x-raw,rate=16000");
  if (type == GST_TYPE_FRACTION)
    return g_strdup ("a fraction such as 30/1");
  return g_strdup_printf ("a value of the type %s", g_type_name (type));
}

static void
complain_of_value (Plan * plan, const Item * item, GParamSpec * pspec,
    const gchar * value)
{
  const Item *owner = &g_array_index (plan->description->items, Item,
      item->owner);
  gchar *takes = wanted (pspec);
  gsize length = strlen (value);

  complain (plan, item, "\"%s\" of \"%s\" cannot be \"%.*s%s\"; it takes %s%s",
      item->name, owner->name, (gint) (g_utf8_offset_to_pointer (value,
              MIN (g_utf8_strlen (value, -1), QUOTE_LENGTH)) - value), value,
      g_utf8_strlen (value, -1) > QUOTE_LENGTH ? "…" : "", takes,
      length > 0 && value[length - 1] == ')' && !strchr (value, '(') ?
      " (a \")\" that closes a bin needs a space before it)" : "");
  g_free (takes);
}

/* As g_object_set_property() would judge it, which only warns. */
static gboolean
value_fits (GParamSpec * pspec, const gchar * text)
{
  GValue value = G_VALUE_INIT;
  gboolean fits;

  g_value_init (&value, pspec->value_type);
  fits = gst_value_deserialize_with_pspec (&value, text, pspec)
      && (!g_param_value_validate (pspec, &value)
      || (pspec->flags & G_PARAM_LAX_VALIDATION));
  g_value_unset (&value);
  return fits;
}

/* In double quotes for gst-parse, which takes one backslash away and then looks
 * at the value. A backslash at the end would swallow the quote. */
static gchar *
quote (const gchar * text)
{
  GString *out = g_string_new ("\"");

  for (; *text; text++) {
    if (*text == '"' || *text == '\\')
      g_string_append_c (out, '\\');
    g_string_append_c (out, *text);
  }
  g_string_append_c (out, '"');
  return g_string_free (out, FALSE);
}

/* A string as GStreamer serialises one, so that every value arrives as it is:
 * also "NULL", one in quotes, one with a backslash at its end. */
static gchar *
quote_string (const gchar * text)
{
  GString *out = g_string_new ("\"\\\"");

  for (; *text; text++) {
    if (g_ascii_isalnum (*text))
      g_string_append_c (out, *text);
    else
      g_string_append_printf (out, "\\\\%03o", (guchar) * text);
  }
  g_string_append (out, "\\\"\"");
  return g_string_free (out, FALSE);
}

static void
write_item (GString * out, const Plan * plan, guint index)
{
  const Item *item = &g_array_index (plan->description->items, Item, index);
  const gchar *name = plan->owners[index].name;

  switch (item->kind) {
    case ITEM_ELEMENT:
      g_string_append_printf (out, " %s", item->name);
      break;
    case ITEM_OPEN:
      g_string_append_printf (out, " %s.(", item->name);
      break;
    case ITEM_CLOSE:
      g_string_append (out, " )");
      break;
    case ITEM_PROPERTY:
      if (plan->values[index])
        g_string_append_printf (out, " %s=%s", item->name, plan->values[index]);
      break;
    case ITEM_LINK:
      if (item->text)
        g_string_append_printf (out, " ! %s !", item->text);
      else
        g_string_append (out, item->all ? " :" : " !");
      break;
    case ITEM_REFERENCE:
      g_string_append_printf (out, " %s.%s", item->name,
          item->text ? item->text : "");
      break;
    default:
      g_string_append_printf (out, " .%s", item->text);
  }
  if (name)
    g_string_append_printf (out, " name=%s", name);
}

/* Returns: (transfer full): the text for gst-parse */
gchar *
description_plan_text (const Plan * plan)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < plan->description->items->len; i++)
    write_item (out, plan, i);
  return g_string_free (out, FALSE);
}

/* A property that takes an element has a description for its value, which is
 * planned like any other: not even that text reaches gst-parse as it is, and no
 * `${name}` makes it up. Returns: (transfer full) (nullable) */
static gchar *
plan_child (Plan * plan, const Item * item, const Value * value)
{
  GstVoiceDescription *inner;
  Plan *inner_plan;
  gchar *text = NULL, *result = NULL;

  if (plan->flags & GST_VOICE_DESCRIPTION_RESTRICTED) {
    complain (plan, item, "\"%s\" takes an element, which is not allowed in "
        "this description", item->name);
    return NULL;
  }
  if (value->substituted || plan->depth >= DEPTH_LIMIT) {
    complain (plan, item, "\"%s\" takes an element, so its value is written "
        "out (no ${…}), and not too deep", item->name);
    return NULL;
  }
  inner = gst_voice_description_new (value->text, -1, "", NULL);
  if (!inner)
    return NULL;
  inner_plan = description_plan_new (inner, plan->flags, NULL, NULL, NULL,
      plan->depth + 1);
  for (guint i = 0; i < inner_plan->problems->len; i++)
    complain (plan, item, "in \"%s\": %s", item->name,
        g_array_index (inner_plan->problems, DescriptionProblem, i).message);
  if (inner_plan->problems->len == 0) {
    text = description_plan_text (inner_plan);
    result = quote (text);
  }
  g_free (text);
  description_plan_free (inner_plan);
  gst_voice_description_unref (inner);
  return result;
}

/* Returns: (transfer full) (nullable): what stands behind the equals sign in
 * the text for gst-parse. */
static gchar *
plan_value (Plan * plan, const Item * item, GParamSpec * pspec)
{
  gboolean is_string = pspec && pspec->value_type == G_TYPE_STRING;
  Value value = substitute (plan, item, is_string);
  gchar *result = NULL;

  if ((plan->flags & GST_VOICE_DESCRIPTION_RESTRICTED) && !value.looked_up
      && has_secret (value.text))
    complain (plan, item, "env: and file: are not allowed in this "
        "description");
  else if (is_string && (value.substituted
          || g_str_has_suffix (value.text, "\\")))
    result = quote_string (value.text);
  else if (pspec && g_type_is_a (pspec->value_type, GST_TYPE_ELEMENT))
    result = plan_child (plan, item, &value);
  else if (g_str_has_suffix (value.text, "\\"))
    complain (plan, item, "the value of \"%s\" ends with a backslash",
        item->name);
  else if (pspec && !value_fits (pspec, value.text))
    complain_of_value (plan, item, pspec, value.text);
  else
    result = quote (value.text);
  g_free (value.text);
  return result;
}

static void
complain_of_property (Plan * plan, const Item * item, GObjectClass * klass)
{
  const Item *owner = &g_array_index (plan->description->items, Item,
      item->owner);
  GPtrArray *names = g_ptr_array_new ();
  guint n;
  GParamSpec **specs = g_object_class_list_properties (klass, &n);
  gchar *meant;

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (names, (gpointer) specs[i]->name);
  meant = suggest (item->name, names);
  complain (plan, item, "\"%s\" has no property \"%s\"%s", owner->name,
      item->name, meant);
  g_free (meant);
  g_free (specs);
  g_ptr_array_unref (names);
}

static gboolean
is_set_twice (Plan * plan, guint index)
{
  const Item *items = (const Item *) plan->description->items->data;

  for (guint i = items[index].owner + 1; i < index; i++) {
    if (strcmp (items[i].name, items[index].name) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
plan_property (Plan * plan, guint index)
{
  const Item *item = &g_array_index (plan->description->items, Item, index);
  GObjectClass *klass = plan->owners[item->owner].klass;
  gboolean is_path = strstr (item->name, "::") != NULL;
  GParamSpec *pspec;

  if (strcmp (item->name, "name") == 0) {
    plan_name (plan, item, item->owner);
    return;
  }
  if (!klass)
    return;
  if (is_set_twice (plan, index)) {
    complain (plan, item, "\"%s\" is set twice", item->name);
    return;
  }
  pspec = is_path ? NULL : g_object_class_find_property (klass, item->name);
  if (is_path && (plan->flags & GST_VOICE_DESCRIPTION_RESTRICTED))
    complain (plan, item, "\"%s\" sets a property of a child, which is not "
        "allowed in this description", item->name);
  else if (is_path && !g_type_is_a (G_OBJECT_CLASS_TYPE (klass),
          GST_TYPE_CHILD_PROXY))
    complain (plan, item, "\"%s\": this element has no children", item->name);
  else if (!is_path && !pspec)
    complain_of_property (plan, item, klass);
  else if (pspec && !(pspec->flags & G_PARAM_WRITABLE))
    complain (plan, item, "\"%s\" can only be read", item->name);
  else
    plan->values[index] = plan_value (plan, item, pspec);
}

static void
plan_reference (Plan * plan, const Item * item)
{
  GPtrArray *names;
  GHashTableIter iter;
  gpointer name;
  gchar *meant;

  if (g_hash_table_contains (plan->names, item->name))
    return;
  names = g_ptr_array_new ();
  g_hash_table_iter_init (&iter, plan->names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, name);
  meant = suggest (item->name, names);
  complain (plan, item, "no element has the name \"%s\"%s", item->name,
      *meant ? meant : "; give it to one by name=");
  g_free (meant);
  g_ptr_array_unref (names);
}

static void
plan_link (Plan * plan, const Item * item)
{
  GstCaps *caps = item->text ? gst_caps_from_string (item->text) : NULL;

  if (item->text && !caps)
    complain (plan, item, "\"%s\" are no caps; caps look like "
        "audio/x-raw,rate=16000", item->text);
  g_clear_pointer (&caps, gst_caps_unref);
}

static void
check_limits (Plan * plan)
{
  const GstVoiceDescription *d = plan->description;

  if (!(plan->flags & GST_VOICE_DESCRIPTION_RESTRICTED))
    return;
  if (d->size > RESTRICTED_SIZE)
    description_problem (plan->problems, 1, "longer than %d bytes",
        RESTRICTED_SIZE);
  if (d->elements > RESTRICTED_ELEMENTS)
    description_problem (plan->problems, 1, "more than %d elements",
        RESTRICTED_ELEMENTS);
}

static gint
compare_lines (gconstpointer a, gconstpointer b)
{
  const DescriptionProblem *x = a, *y = b;

  return x->line < y->line ? -1 : x->line > y->line;
}

/* Returns: (transfer full): the plan; its problems include the scanner's, in
 * the order of their lines. */
Plan *
description_plan_new (const GstVoiceDescription * description,
    GstVoiceDescriptionFlags flags, const gchar * const *allowed,
    GstVoiceDescriptionLookup lookup, gpointer user_data, guint depth)
{
  Plan *plan = g_new0 (Plan, 1);
  const Item *items = (const Item *) description->items->data;
  guint n = description->items->len;

  plan->description = description;
  plan->flags = flags;
  plan->allowed = allowed;
  plan->lookup = lookup;
  plan->user_data = user_data;
  plan->depth = depth;
  plan->problems = description_problems_new ();
  plan->names = g_hash_table_new (g_str_hash, g_str_equal);
  plan->owners = g_new0 (Owner, n + 1);
  plan->values = g_new0 (gchar *, n + 1);
  for (guint i = 0; i < description->problems->len; i++) {
    const DescriptionProblem *problem = &g_array_index (description->problems,
        DescriptionProblem, i);

    description_problem (plan->problems, problem->line, "%s", problem->message);
  }
  check_limits (plan);
  for (guint i = 0; i < n; i++) {
    if (items[i].kind == ITEM_ELEMENT || items[i].kind == ITEM_OPEN)
      plan_element (plan, &items[i], &plan->owners[i]);
    else if (items[i].kind == ITEM_PROPERTY)
      plan_property (plan, i);
    else if (items[i].kind == ITEM_LINK)
      plan_link (plan, &items[i]);
  }
  /* Only now all names that were chosen are known. */
  for (guint i = 0; i < n; i++) {
    if (items[i].kind == ITEM_ELEMENT && !plan->owners[i].name)
      give_name (plan, i);
  }
  for (guint i = 0; i < n; i++) {
    if (items[i].kind == ITEM_REFERENCE)
      plan_reference (plan, &items[i]);
  }
  g_array_sort (plan->problems, compare_lines);
  return plan;
}

void
description_plan_free (Plan * plan)
{
  for (guint i = 0; i < plan->description->items->len; i++) {
    g_clear_pointer (&plan->owners[i].klass, g_type_class_unref);
    g_free (plan->owners[i].name);
    g_free (plan->values[i]);
  }
  g_free (plan->owners);
  g_free (plan->values);
  g_hash_table_unref (plan->names);
  g_array_unref (plan->problems);
  g_free (plan);
}
