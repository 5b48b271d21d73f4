//! `#[derive(Insertable)]` and `#[derive(Patch)]`: structs that are read from a request, checked against the model by the
//! compiler.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::{Data, DeriveInput, Fields, LitStr, Path, Token};

use crate::diag::Diagnostics;
use crate::path::{import, invented};

/// The derive: one of two.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Request {
    Insertable,
    Patch,
}

impl Request {
    /// Returns the attribute that names the model.
    fn attribute(self) -> &'static str {
        match self {
            Self::Insertable => "insertable",
            Self::Patch => "patch",
        }
    }
}

/// The arguments of the attribute: `Order`, or `Order, crate = "my_app::schemata"`.
struct Of {
    model: Path,
    krate: Option<Path>,
}

impl Parse for Of {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let model = input.call(Path::parse_mod_style)?;
        let mut krate = None;
        if input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            krate = Some(input.parse::<LitStr>()?.parse()?);
        }
        Ok(Self { model, krate })
    }
}

/// Runs the derive.
pub(crate) fn request(kind: Request, input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut diag = Diagnostics::default();
    let of = model(kind, &input, &mut diag);
    let fields = fields(kind, &input, &mut diag);
    match (of, fields) {
        (Some(of), Some(fields)) if diag.is_empty() => expand(kind, &input.ident, &of, &fields),
        (of, _) => {
            let stub = of.map(|of| stub(kind, &input, &of));
            let errors = diag.to_tokens();
            quote!(#errors #stub)
        }
    }
}

fn model(kind: Request, input: &DeriveInput, diag: &mut Diagnostics) -> Option<Of> {
    let name = kind.attribute();
    let mut attrs = input.attrs.iter().filter(|attr| attr.path().is_ident(name));
    let Some(attr) = attrs.next() else {
        diag.error(input.ident.span(), format!("name the model: write `#[{name}(Order)]` on the struct"));
        return None;
    };
    attr.parse_args()
        .map_err(|_| {
            diag.error_on(attr, format!("expected a model: write `#[{name}(Order)]`"));
        })
        .ok()
}

/// Returns the fields that are columns: all but those marked `skip`.
fn fields<'i>(kind: Request, input: &'i DeriveInput, diag: &mut Diagnostics) -> Option<Vec<&'i syn::Field>> {
    if !input.generics.params.is_empty() {
        let message = "a request struct has neither type parameters nor lifetimes: name the types, and own the data";
        diag.error_on(&input.generics, message);
        return None;
    }
    let Data::Struct(data) = &input.data else {
        diag.error(input.ident.span(), "write a struct with named fields, each called like a column");
        return None;
    };
    let Fields::Named(named) = &data.fields else {
        diag.error(input.ident.span(), "write named fields, each called like a column");
        return None;
    };
    let skipped = |field: &syn::Field| {
        field
            .attrs
            .iter()
            .filter(|attr| attr.path().is_ident(kind.attribute()))
            .any(|attr| attr.parse_args::<Ident>().is_ok_and(|word| word == "skip"))
    };
    Some(named.named.iter().filter(|field| !skipped(field)).collect())
}

/// Generates the impl. For a struct of the model `Order` with the fields `a` and `b`:
///
/// ```ignore
/// const __FIELDS: [__FieldColumn; 2] = [
///     __insert_column::<Order, _, _>(Order::a, __PhantomData::<fn() -> String>), // spanned on `a`
///     __insert_column::<Order, _, _>(Order::b, __PhantomData::<fn() -> Option<i32>>),
/// ];
/// const _: () = __verify_required(Order::TABLE, &__FIELDS);
/// impl __Insertable for NewOrder {
///     type Model = Order;
///     fn __row(self) -> __NewRow {
///         let mut row = __RowValues::with_capacity(2);
///         row.insert(__FIELDS[0], Order::a, self.a);
///         row.insert(__FIELDS[1], Order::b, self.b);
///         __NewRow::from(row)
///     }
/// }
/// ```
fn expand(kind: Request, ident: &Ident, of: &Of, fields: &[&syn::Field]) -> TokenStream {
    let (model, row, count) = (&of.model, invented("row"), Literal::usize_unsuffixed(fields.len()));
    let (column_fn, set) = match kind {
        Request::Insertable => ("__insert_column", "insert"),
        Request::Patch => ("__patch_column", "change"),
    };
    let each = fields.iter().filter_map(|field| Some((field.ident.as_ref()?, &field.ty)));
    let positions = each.clone().map(|(name, ty)| {
        let column_fn = Ident::new(column_fn, Span::mixed_site().located_at(name.span()));
        quote_spanned!(Span::mixed_site().located_at(name.span())=> #column_fn::<#model, _, _>(#model::#name, __PhantomData::<fn() -> #ty>))
    });
    let sets = each.enumerate().map(|(nth, (name, ty))| {
        let nth = Literal::usize_unsuffixed(nth);
        let span = syn::spanned::Spanned::span(ty);
        let set = Ident::new(set, Span::mixed_site().located_at(span));
        let this = Ident::new("self", Span::call_site().located_at(span));
        let value = quote_spanned!(Span::call_site().located_at(span)=> #this.#name);
        quote!(#row.#set(__FIELDS[#nth], #model::#name, #value);)
    });
    let span = ident.span();
    let (verify, implementation) = match kind {
        Request::Insertable => (
            Some(quote_spanned!(span=> const _: () = __verify_required(<#model as __TableModel>::TABLE, &__FIELDS);)),
            quote! {
                impl __Insertable for #ident {
                    type Model = #model;
                    fn __row(self) -> __NewRow {
                        let mut #row = __RowValues::with_capacity(#count);
                        #(#sets)*
                        __From::from(#row)
                    }
                }
            },
        ),
        Request::Patch => (
            None,
            quote! {
                impl __Patch for #ident {
                    type Model = #model;
                    fn __changes(self) -> __RowValues {
                        let mut #row = __RowValues::with_capacity(#count);
                        #(#sets)*
                        #row
                    }
                }
            },
        ),
    };
    let items = quote! {
        const __FIELDS: [__FieldColumn; #count] = [#(#positions),*];
        #verify
        #[automatically_derived]
        #implementation
    };
    block(of, &items)
}

/// Generates the trait alone, so that uses of the struct cause no further errors.
fn stub(kind: Request, input: &DeriveInput, of: &Of) -> TokenStream {
    let (ident, model) = (&input.ident, &of.model);
    let (generics, arguments, conditions) = input.generics.split_for_impl();
    let (name, method) = match kind {
        Request::Insertable => (quote!(__Insertable), quote!(fn __row(self) -> __NewRow)),
        Request::Patch => (quote!(__Patch), quote!(fn __changes(self) -> __RowValues)),
    };
    let items = quote! {
        impl #generics #name for #ident #arguments #conditions {
            type Model = #model;
            #method { ::core::unimplemented!() }
        }
    };
    block(of, &items)
}

fn block(of: &Of, items: &TokenStream) -> TokenStream {
    let import = import(of.krate.as_ref());
    quote! {
        #[allow(warnings, missing_docs, clippy::all, clippy::pedantic)]
        const _: () = { #import #items };
    }
}
