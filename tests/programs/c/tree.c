/*
 * tree < SOURCE: parses C and prints its syntax tree, a node a line, indented by its depth, with its place; then parses it
 * again after a change of its first byte, with the old tree to go by. It ends with 1 when the source has an error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <tree_sitter/api.h>

const TSLanguage *tree_sitter_c(void);

static unsigned print(TSNode node, int depth)
{
    TSPoint start = ts_node_start_point(node), end = ts_node_end_point(node);
    unsigned count = 1;
    printf("%*s%s%s %u:%u-%u:%u\n", depth, "", ts_node_type(node), ts_node_is_missing(node) ? " missing" : "", start.row,
           start.column, end.row, end.column);
    for (uint32_t i = 0; i < ts_node_named_child_count(node); i++)
        count += print(ts_node_named_child(node, i), depth + 1);
    return count;
}

int main(void)
{
    enum { ROOM = 1 << 20 };
    char *source = malloc(ROOM);
    size_t size = source ? fread(source, 1, ROOM, stdin) : 0;
    TSInputEdit edit = { 0, 0, 1, { 0, 0 }, { 0, 0 }, { 0, 1 } };
    TSParser *parser = ts_parser_new();
    TSTree *tree, *again;
    int failed;
    if (size == 0 || size >= ROOM - 1 || !ts_parser_set_language(parser, tree_sitter_c()))
        return 2;
    tree = ts_parser_parse_string(parser, NULL, source, (uint32_t)size);
    failed = ts_node_has_error(ts_tree_root_node(tree));
    printf("%u nodes\n", print(ts_tree_root_node(tree), 0));

    /* A blank before all. */
    for (size_t i = size; i > 0; i--)
        source[i] = source[i - 1];
    source[0] = ' ';
    ts_tree_edit(tree, &edit);
    again = ts_parser_parse_string(parser, tree, source, (uint32_t)size + 1);
    printf("then %u bytes, %u nodes\n", ts_node_end_byte(ts_tree_root_node(again)),
           ts_node_descendant_count(ts_tree_root_node(again)));
    ts_tree_delete(again);
    ts_tree_delete(tree);
    ts_parser_delete(parser);
    free(source);
    return failed;
}
