//! What a program installs: itself, as native code or bytecode, and its C parts.

use super::{PROGRAM, Planner};
use crate::install::error::InstallError;
use crate::ocaml::product::{Product, ProductKind};
use crate::ocaml::sources::name_of;
use crate::package::{Code, Compiled, Executable};

impl Planner<'_> {
    pub(super) fn program(
        &mut self,
        index: usize,
        executable: &Executable,
    ) -> Result<(), InstallError> {
        let compiled = &executable.compiled;
        let products: Vec<Product> = self.products(index).cloned().collect();
        for product in &products {
            match product.kind {
                ProductKind::Program => {
                    let windows = product.path.ends_with(".exe");
                    let name = if windows && self.is_windows() {
                        format!("{}.exe", compiled.name)
                    } else {
                        compiled.name.clone()
                    };
                    // Where the bytecode is a program as well, it is never called as the native one is.
                    let name = match executable.bytecode && self.is_byte(compiled) {
                        true => format!("{}.byte", compiled.name),
                        false => name,
                    };
                    let to = self.folders.get("bindir")?.join(name);
                    self.add(&product.path, to, PROGRAM)?;
                }
                ProductKind::Bytecode => {
                    let to = self.folders.get("bindir")?.join(format!("{}.byte", compiled.name));
                    self.add(&product.path, to, PROGRAM)?;
                }
                // Native and custom programs have their C parts inside.
                ProductKind::StubShared if !executable.custom && self.is_byte(compiled) => {
                    let dir = self.folders.get("libdir")?.join(&self.package.name);
                    self.add(&product.path, dir.join(name_of(&product.path)), PROGRAM)?;
                }
                _ => {}
            }
        }
        self.data(index, &format!("executable `{}`", compiled.name), compiled)
    }

    fn is_byte(&self, compiled: &Compiled) -> bool {
        match compiled.code {
            Code::Byte => true,
            Code::Native => false,
            Code::Best => !self.configuration.compiler.environment().is_native(),
        }
    }

    fn is_windows(&self) -> bool {
        let os_type = self.configuration.compiler.config.get("os_type");
        os_type.is_some_and(|os| os == "Win32" || os == "Cygwin")
    }
}
