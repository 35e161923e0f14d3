//! What the comparison of one resource asks for.

use crate::error::Error;
use crate::import::resource::TerraformResource;
use crate::import::setting::DescriptionSetting;
use std::collections::HashMap;

/// Gathers what has to change before a resource can be adopted, and what should be known.
#[derive(Debug, Default)]
pub struct RequiredEdits {
    /// Lines of the description.
    pub settings: Vec<DescriptionSetting>,
    /// Reasons against adopting.
    pub refusals: Vec<Error>,
    /// What an adoption would lose, each by the name under which a user accepts that.
    pub losses: Vec<(String, Error)>,
    /// Remarks by the address of the resource.
    pub remarks: HashMap<String, Vec<String>>,
}

impl RequiredEdits {
    /// Adds a reason against adopting.
    pub fn refuse(&mut self, resource: &TerraformResource, message: String, hint: impl Into<String>) {
        self.refusals.push(Error::refused(message).fact("terraform", &resource.address).hint(hint));
    }

    /// Adds something that an adoption would lose, unless the user accepts it by the resource's address.
    pub fn lose(&mut self, resource: &TerraformResource, message: String, hint: &str) {
        let address = &resource.address;
        let error = Error::refused(message).fact("terraform", address).hint(hint);
        self.losses.push((address.clone(), error.hint(format!("Or adopt without it: `--accept '{address}'`."))));
    }

    /// Adds a remark, once.
    pub fn remark(&mut self, resource: &TerraformResource, text: String) {
        let remarks = self.remarks.entry(resource.address.clone()).or_default();
        if !remarks.contains(&text) {
            remarks.push(text);
        }
    }
}
