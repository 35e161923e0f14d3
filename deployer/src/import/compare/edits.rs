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
    /// Remarks by the address of the resource.
    pub remarks: HashMap<String, Vec<String>>,
}

impl RequiredEdits {
    /// Adds a reason against adopting.
    pub fn refuse(&mut self, resource: &TerraformResource, message: String, hint: impl Into<String>) {
        self.refusals.push(Error::refused(message).fact("terraform", &resource.address).hint(hint));
    }

    /// Adds a remark, once.
    pub fn remark(&mut self, resource: &TerraformResource, text: String) {
        let remarks = self.remarks.entry(resource.address.clone()).or_default();
        if !remarks.contains(&text) {
            remarks.push(text);
        }
    }
}
