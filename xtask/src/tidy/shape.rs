//! How large things are, and that they say what they are.

use syn::{Attribute, Expr, ImplItem, Item, Lit, Meta, Visibility, spanned::Spanned, visit::Visit};

use super::{Finding, source::Source, tree::Tree};

const LONGEST_FUNCTION: usize = 70;
const LONGEST_FILE: usize = 800;

/// Functions and files that are too long.
pub fn size(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for ending in [".rs", ".mjs", ".ts", ".css", ".html"] {
        for (path, text) in tree.named("", ending) {
            let lines = text.lines().count();
            if lines > LONGEST_FILE {
                found.push(Finding::new(
                    path,
                    0,
                    format!("the file has {lines} lines, more than {LONGEST_FILE}"),
                ));
            }
        }
    }
    for source in &tree.rust {
        let mut functions = Functions { path: &source.path, found: &mut found };
        functions.visit_file(&source.file);
    }
    found
}

struct Functions<'a> {
    path: &'a str,
    found: &'a mut Vec<Finding>,
}

impl Functions<'_> {
    fn measure(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let first = signature.span().start().line;
        let lines = block.span().end().line + 1 - first;
        if lines > LONGEST_FUNCTION {
            let what = format!("fn {} has {lines} lines, more than {LONGEST_FUNCTION}", signature.ident);
            self.found.push(Finding::new(self.path, first, what));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.measure(&item.sig, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.measure(&item.sig, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.measure(&item.sig, block);
        }
        syn::visit::visit_trait_item_fn(self, item);
    }
}

/// Modules without `//!`, and public items without a word about what they are.
pub fn docs(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in &tree.rust {
        if !documented(&source.file.attrs) {
            found.push(Finding::new(&source.path, 1, "the module does not begin with //!"));
        }
        items(source, &source.file.items, &mut found);
    }
    found
}

fn documented(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => {
            !matches!(&pair.value, Expr::Lit(l) if matches!(&l.lit, Lit::Str(s) if s.value().trim().is_empty()))
        }
        _ => false,
    })
}

fn items(source: &Source, list: &[Item], found: &mut Vec<Finding>) {
    for item in list {
        let (attributes, visibility, name) = match item {
            Item::Const(i) => (&i.attrs, &i.vis, &i.ident),
            Item::Enum(i) => (&i.attrs, &i.vis, &i.ident),
            Item::Fn(i) => (&i.attrs, &i.vis, &i.sig.ident),
            Item::Static(i) => (&i.attrs, &i.vis, &i.ident),
            Item::Struct(i) => (&i.attrs, &i.vis, &i.ident),
            Item::Trait(i) => (&i.attrs, &i.vis, &i.ident),
            Item::Type(i) => (&i.attrs, &i.vis, &i.ident),
            Item::Impl(i) => {
                methods(source, i, found);
                continue;
            }
            Item::Mod(i) => {
                if let Some((_, inside)) = &i.content
                    && !source.in_test(i.span().start().line)
                {
                    items(source, inside, found);
                }
                continue;
            }
            _ => continue,
        };
        need(source, attributes, visibility, name, found);
    }
}

fn methods(source: &Source, block: &syn::ItemImpl, found: &mut Vec<Finding>) {
    if block.trait_.is_some() || is_private(source, &block.self_ty) {
        return;
    }
    for item in &block.items {
        match item {
            ImplItem::Fn(i) => need(source, &i.attrs, &i.vis, &i.sig.ident, found),
            ImplItem::Const(i) => need(source, &i.attrs, &i.vis, &i.ident, found),
            _ => {}
        }
    }
}

/// Whether a type is declared in this file and not public: then its methods are not public either.
fn is_private(source: &Source, of: &syn::Type) -> bool {
    let syn::Type::Path(path) = of else { return false };
    let Some(last) = path.path.segments.last() else { return false };
    source.file.items.iter().any(|item| match item {
        Item::Struct(i) => i.ident == last.ident && !matches!(i.vis, Visibility::Public(_)),
        Item::Enum(i) => i.ident == last.ident && !matches!(i.vis, Visibility::Public(_)),
        _ => false,
    })
}

fn need(
    source: &Source,
    attributes: &[Attribute],
    visibility: &Visibility,
    name: &syn::Ident,
    found: &mut Vec<Finding>,
) {
    let line = name.span().start().line;
    if matches!(visibility, Visibility::Public(_)) && !documented(attributes) && !source.in_test(line) {
        found.push(Finding::new(&source.path, line, format!("pub {name} is not documented")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(check: fn(&Tree) -> Vec<Finding>, text: &str) -> usize {
        check(&Tree::sample(&[("app/src/a.rs", text)])).len()
    }

    #[test]
    fn long_functions_and_files_are_found() {
        let body = |lines: usize| format!("//! A.\nfn f() {{\n{}}}\n", "    g();\n".repeat(lines));
        assert_eq!(count(size, &body(68)), 0);
        assert_eq!(count(size, &body(69)), 1);
        let method = format!("struct A;\nimpl A {{\n{}}}", body(69).replace("//! A.\n", ""));
        assert_eq!(count(size, &method), 1);
        assert_eq!(count(size, &"// a\n".repeat(801)), 1);
        let page = "p\n".repeat(801);
        assert_eq!(size(&Tree::sample(&[("kernel/web/templates/a.html", &page)])).len(), 1);
    }

    #[test]
    fn public_items_and_modules_say_what_they_are() {
        assert_eq!(count(docs, "fn f() {}"), 1, "no //!");
        assert_eq!(count(docs, "//! A.\npub fn f() {}"), 1);
        assert_eq!(count(docs, "//! A.\n///\npub struct A;"), 1, "an empty comment says nothing");
        assert_eq!(count(docs, "//! A.\n/// B.\npub struct A;\nimpl A { pub fn f() {} }"), 1);
        assert_eq!(count(docs, "//! A.\nstruct A;\nimpl A { pub fn f() {} }"), 0);
        assert_eq!(count(docs, "//! A.\n/// B.\npub struct A;\npub(crate) fn f() {}\n"), 0);
        assert_eq!(count(docs, "//! A.\nmod b { pub fn f() {} }"), 1);
        assert_eq!(count(docs, "//! A.\n#[cfg(test)]\nmod b { pub fn f() {} }"), 0);
    }
}
